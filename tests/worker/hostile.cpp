#include "bench.h"

#include <catch2/catch.hpp>
#include <netinet/in.h>
#include <sys/socket.h>

using namespace bench;
using namespace std::chrono_literals;

namespace {

const Ports One { { 22 }, 1 };

fake::Script plain(const std::string& name)
{
    fake::Script out;
    out.status = status(Epoch, "@LAST@", One);
    out.collect = { full(name, Epoch, "@SEQ@", One) };
    return out;
}

/// What the worker says of the end of the session, and that a good node is served meanwhile.
std::string reasonFor(fake::Script script)
{
    Coordinator coordinator;
    fake::Node hostile(std::move(script));
    fake::Node good(plain("good"));
    coordinator.assign("hostile", hostile);
    coordinator.assign("good", good);
    REQUIRE(coordinator.until([&] { return coordinator.count("good", "state") > 0; }));
    REQUIRE(coordinator.until([&] { return coordinator.count("hostile", "disconnected") > 0; }));
    CHECK(coordinator.count("hostile", "state") == 0);
    CHECK(coordinator.count("good", "disconnected") == 0);
    CHECK(!coordinator.gone);
    return coordinator.of("hostile", "disconnected")[0].at("reason");
}

fd::Fd listener(uint16_t& port)
{
    fd::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* const plainAddress = reinterpret_cast<sockaddr*>(&address);
    REQUIRE(::bind(socket.get(), plainAddress, size) == 0);
    REQUIRE(::listen(socket.get(), 64) == 0);
    REQUIRE(::getsockname(socket.get(), plainAddress, &size) == 0);
    port = ntohs(address.sin_port);
    return socket;
}

} // namespace

TEST_CASE("bytes that break the framing end the session, with a reason, and no other")
{
    fake::Script script = plain("hostile");
    SECTION("no chunk")
    {
        script.afterHello = "\n##\n";
    }
    SECTION("an empty chunk")
    {
        script.afterHello = "\n#0\n";
    }
    SECTION("a chunk size that wraps")
    {
        script.afterHello = "\n#18446744073709551615\nx";
    }
    SECTION("a negative chunk size")
    {
        script.afterHello = "\n#-1\nx";
    }
    SECTION("a chunk larger than any message")
    {
        script.afterHello = "\n#4000000000\nx";
    }
    SECTION("no framing at all")
    {
        script.afterHello = "<rpc-reply/>]]>]]>";
    }
    SECTION("not XML")
    {
        script.afterHello = "\n#5\nhello\n##\n";
    }
    SECTION("a reply to nothing")
    {
        script.afterHello = "\n#84\n<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" "
                            "message-id=\"9\"><ok/></rpc-reply>\n##\n";
        script.afterHello.replace(2, 2, std::to_string(script.afterHello.find("\n##") - 5));
    }
    SECTION("a document type declaration instead of a hello")
    {
        script.instead = "<!DOCTYPE a [<!ENTITY x 'y'>]><hello>&x;</hello>]]>]]>";
    }
    SECTION("a hello that is none")
    {
        script.instead = "<hello/>]]>]]>";
    }
    SECTION("no version in common")
    {
        script.instead = "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\">"
                         "<capabilities/><session-id>1</session-id></hello>]]>]]>";
    }
    SECTION("closing in the middle of a message")
    {
        script.afterHello = "\n#100\n<rpc-reply";
        script.closes = true;
    }
    const std::string reason = reasonFor(script);
    CHECK(!reason.empty());
    CAPTURE(reason);
}

TEST_CASE("a node that sends a byte at a time, or nothing, does not hold up others")
{
    Coordinator coordinator;
    fake::Script slow = plain("slow");
    SECTION("a hello, byte by byte")
    {
        slow.instead = std::string(200, 'x');
        slow.drip = true;
    }
    SECTION("silence behind the hello")
    {
        slow.afterHello = "\n";
    }
    fake::Node hung(slow);
    fake::Node good(plain("good"));
    coordinator.assign("slow", hung);
    REQUIRE(coordinator.until([&] { return coordinator.count("slow", "connected") > 0; }));
    const auto began = std::chrono::steady_clock::now();
    coordinator.assign("good", good);
    REQUIRE(coordinator.until([&] { return coordinator.count("good", "state") > 0; }, 8));
    CHECK(std::chrono::steady_clock::now() - began < 8s);
}

TEST_CASE("a peer that accepts and says nothing is given up")
{
    Coordinator coordinator;
    uint16_t port = 0;
    const fd::Fd silent = listener(port);
    fake::Node unused(plain("x"));
    coordinator.assign("n1", unused, { { "port", port } });
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "disconnected") > 0; }));
    CHECK(coordinator.of("n1", "disconnected")[0].at("reason")
        == "key exchange: nothing came of it within 5 s");
}

TEST_CASE("a peer that refuses the connection is named, and tried again")
{
    Coordinator coordinator;
    uint16_t port = 0;
    listener(port); // and closed
    fake::Node unused(plain("x"));
    coordinator.assign("n1", unused, { { "port", port } });
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "disconnected") >= 3; }));
    CHECK(coordinator.of("n1", "disconnected")[0].at("reason") == "Connection refused");
    coordinator.assign("n2", unused, { { "address", "node.example" } });
    REQUIRE(coordinator.until([&] { return coordinator.count("n2", "disconnected") >= 1; }));
    CHECK(coordinator.of("n2", "disconnected")[0].at("reason")
        == "\"node.example\" is not an IP address");
}

TEST_CASE("notifications that are not valid are left out, and the session goes on")
{
    Coordinator coordinator;
    fake::Node node(plain("n1"));
    coordinator.assign("n1", node);
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "state") > 0; }));
    node.notify("<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
                "<eventTime>2026-11-24T10:00:00Z</eventTime><x xmlns=\"urn:x\"/></notification>");
    node.notify(
        "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
        "<eventTime>never</eventTime><security-report "
        "xmlns=\"urn:femtowatch:yang:femto-security\"><node-id>n1</node-id></security-report>"
        "</notification>");
    node.notify(heartbeat("n1", Epoch, "@SEQ@", One));
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "report") == 2; }));
    CHECK(coordinator.count("n1", "disconnected") == 0);
}

TEST_CASE("of a vendor's category without its module all else is judged")
{
    const std::string row = "<category><type xmlns:v=\"urn:v\">v:radio</type>"
                            "<status xmlns:t=\"urn:femtowatch:yang:femto-security-types\">"
                            "t:collected</status><generation>1</generation></category>";
    const auto with = [](std::string xml, const std::string& mark, const std::string& more) {
        return xml.insert(xml.find(mark), more);
    };
    fake::Script script = plain("n1");
    script.status = with(script.status, "</status></femto", row);
    script.collect = { with(with(full("n1", Epoch, "@SEQ@", One), "<inventory>", row),
        "</inventory>",
        "<extension><category xmlns:v=\"urn:v\">v:radio</category><content><radio xmlns=\"urn:v\">"
        "<band>1</band></radio></content></extension>") };
    Coordinator coordinator;
    fake::Node node(script);
    coordinator.assign("n1", node);
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "state") > 0; }));
    CHECK(coordinator.ports("n1") == std::vector<unsigned> { 22 });
    const Ports two { { 22, 23 }, 2 };
    node.notify(with(change("n1", Epoch, "@SEQ@", One, two), "</security-change>",
        "<edit><edit-id>2</edit-id><operation>delete</operation><target>/x</target>"
        "<category xmlns:v=\"urn:v\">v:radio</category></edit>"));
    REQUIRE(coordinator.until([&] {
        return coordinator.ports("n1") == std::vector<unsigned> { 22, 23 };
    }));
    CHECK(coordinator.count("n1", "disconnected") == 0);
}

TEST_CASE("a node that calls home is told by its host key")
{
    Coordinator coordinator;
    uint16_t port = 0;
    fd::Fd socket = listener(port);
    fake::Script script = plain("home");
    script.callsHome = port;
    fake::Node node(script);
    const json facts = { { "call-home", true }, { "port", 0 } };
    coordinator.send(collector::Message::Pins,
        { json::array({ { { "node", "home" }, { "fingerprint", node.fingerprint() } } }).dump() });
    coordinator.send(collector::Message::Listen, {}, std::move(socket));
    SECTION("assigned when it has called")
    {
        REQUIRE(coordinator.until([&] { return !coordinator.calledHome.empty(); }));
        CHECK(coordinator.calledHome[0] == "home");
        coordinator.assign("home", node, facts);
    }
    SECTION("assigned before")
    {
        coordinator.assign("home", node, facts);
    }
    REQUIRE(coordinator.until([&] { return coordinator.count("home", "state") > 0; }));
    CHECK(coordinator.of("home", "connected")[0].at("fingerprint") == node.fingerprint());
    node.closeSession();
    REQUIRE(coordinator.until([&] { return coordinator.count("home", "connected") == 2; }));
}

TEST_CASE("a call home with a host key that nobody has pinned is refused unseen")
{
    Coordinator coordinator;
    uint16_t port = 0;
    fd::Fd socket = listener(port);
    fake::Script script = plain("home");
    script.callsHome = port;
    fake::Node stranger(script);
    script.callsHome = 0;
    fake::Node good(plain("good"));
    coordinator.send(collector::Message::Pins,
        { json::array({ { { "node", "home" }, { "fingerprint", "SHA256:other" } } }).dump() });
    coordinator.send(collector::Message::Listen, {}, std::move(socket));
    coordinator.assign("good", good);
    REQUIRE(coordinator.until([&] { return coordinator.count("good", "state") > 0; }));
    CHECK(stranger.asked().empty());
    CHECK(coordinator.calledHome.empty());
}

TEST_CASE("what is not durable holds up reading, not the worker")
{
    Coordinator coordinator(1u << 20);
    coordinator.durable = false;
    Ports many;
    for (unsigned i = 1; i < 400; ++i) {
        many.ports.push_back(i);
    }
    fake::Script script = plain("n1");
    script.flood = full("n1", Epoch, "@SEQ@", many); // 50 KB of events each, of 1 MB
    fake::Node node(script);
    coordinator.assign("n1", node);
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "state") > 0; }));
    node.flood(100);
    size_t seen = 0;
    REQUIRE(coordinator.until(
        [&] { // until nothing more comes
            static int still = 0;
            const size_t now = coordinator.count("n1", "report");
            still = now == seen ? still + 1 : 0;
            seen = now;
            return still > 50;
        },
        60));
    CHECK(seen < 101);
    coordinator.confirm();
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "report") == 101; }, 60));
}

TEST_CASE("200 sessions are held by one worker while one node hangs")
{
    Coordinator coordinator;
    fake::Script slow = plain("slow");
    slow.afterHello = "\n";
    fake::Node hung(slow);
    coordinator.assign("slow", hung);
    std::vector<std::unique_ptr<fake::Node>> nodes;
    for (int i = 0; i < 200; ++i) {
        const std::string name = "n" + std::to_string(i);
        nodes.push_back(std::make_unique<fake::Node>(plain(name)));
        coordinator.assign(name, *nodes.back());
    }
    const auto with = [&] {
        size_t count = 0;
        for (const json& one : coordinator.events) {
            count += one.at("event") == "state" ? 1 : 0;
        }
        return count;
    };
    REQUIRE(coordinator.until([&] { return with() >= 200; }, 100));
    const Ports two { { 22, 80 }, 2 };
    for (int i = 0; i < 200; ++i) {
        nodes[static_cast<size_t>(i)]->notify(
            change("n" + std::to_string(i), Epoch, "@SEQ@", One, two));
    }
    REQUIRE(coordinator.until([&] { return with() >= 400; }, 100));
    for (const json& one : coordinator.events) {
        CHECK(one.at("event") != "disconnected");
    }
}
