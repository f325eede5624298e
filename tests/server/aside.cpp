// Requests that take long, beside others.
#include "tests/server/peer.h"

#include <catch2/catch.hpp>
#include <thread>

namespace {

using namespace std::chrono_literals;

std::string get(const std::string& select)
{
    return "<get><filter type=\"xpath\" select=\"" + select
        + "\" xmlns:fs=\"urn:femtowatch:yang:femto-security\"/></get>";
}

/// Takes hours for a tree like this.
const std::string Endless
    = get("//*[count(//*) > count(//*[count(//*) > count(//*[. = current()])])]");

std::string rpc(const std::string& operation)
{
    return "<rpc xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\"1\">" + operation
        + "</rpc>";
}

} // namespace

TEST_CASE("a filter that takes long keeps nobody waiting, and comes to an end")
{
    Node node;
    Peer slow(node, "oam");
    Peer other(node, "oam");
    const auto start = std::chrono::steady_clock::now();
    slow.send(rpc(Endless));
    for (int i = 0; i < 10; ++i) {
        CHECK(other.call(get("/fs:femto-security/fs:status/fs:agent-version")).find("<data>") == 0);
    }
    CHECK(std::chrono::steady_clock::now() - start < 5s);
    const std::string answer = slow.next();
    CHECK(answer.find("<error-message xml:lang=\"en\">this takes more than 5 s of processor time<")
        != std::string::npos);
    CHECK(slow.call("<close-session/>") == "<ok/>");
}

TEST_CASE("what is evaluated aside is what it would have been, and so are errors")
{
    Node node;
    Peer peer(node, "sec");
    const std::string version = peer.call(get("/fs:femto-security/fs:status/fs:agent-version"));
    CHECK(peer.call(get("/fs:femto-security/fs:status[../fs:collection]/fs:agent-version"))
        == version);
    CHECK(peer.call(get("count(/fs:femto-security[/fs:femto-security])"))
              .find("<error-tag>invalid-value</error-tag>")
        != std::string::npos);
    CHECK(peer.call("<get-config><source><running/></source><filter type=\"xpath\" "
                    "select=\"/fs:femto-security[/fs:femto-security/fs:nothing]\" "
                    "xmlns:fs=\"urn:femtowatch:yang:femto-security\"/></get-config>")
        == "<data/>");
}

TEST_CASE("two may take long at once, and a session that ends takes its own with it")
{
    Node node;
    auto one = std::make_unique<Peer>(node, "sec");
    Peer two(node, "sec");
    Peer three(node, "sec");
    one->send(rpc(Endless));
    two.send(rpc(Endless));
    node.until([&] { // both have been taken up
        return node.core->netconf.totals().inRpcs == 2;
    });
    CHECK(three.call(Endless)
        == rpcError(
            "application", "resource-denied", "there are 2 requests already that take long"));
    one.reset();
    node.until([&] { return node.core->netconf.sessions().size() == 2; });
    CHECK(three.call(get("/fs:femto-security/fs:status[../fs:collection]/fs:agent-version"))
              .find("<data>")
        == 0);
}

TEST_CASE("a subscription cannot have a filter that may take long")
{
    Node node;
    Peer peer(node, "sec");
    const std::string far = "/fs:femto-security[count(//fs:category) > 1]";
    const std::string said = "may take long: a subscription cannot have it, get can";
    CHECK(
        peer.call("<create-subscription xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
                  "<filter type=\"xpath\" xmlns:fs=\"urn:femtowatch:yang:femto-security\" select=\""
                + far + "\"/></create-subscription>")
            .find(said)
        != std::string::npos);
    const std::string refused
        = peer.call("<establish-subscription "
                    "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications\"><stream>"
                    "NETCONF</stream>"
                    "<stream-xpath-filter xmlns:fs=\"urn:femtowatch:yang:femto-security\">"
            + far + "</stream-xpath-filter></establish-subscription>");
    CHECK(refused.find("filter-unsupported") != std::string::npos);
    CHECK(refused.find(said) != std::string::npos);
}
