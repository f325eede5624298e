#include "tests/server/peer.h"

#include <catch2/catch.hpp>

TEST_CASE("a gate that does not keep to the protocol costs its own session")
{
    Node node;
    Peer other(node, "sec");
    const auto refused = [&](const std::string& bytes) {
        Peer peer(node, "eng", false);
        peer.next(); // hello
        peer.sendRaw(bytes);
        return peer.closed();
    };
    const std::string hello
        = "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities><capability>";
    CHECK(refused("<rpc/>]]>]]>"));
    CHECK(refused(hello + "urn:other</capability></capabilities></hello>]]>]]>"));
    CHECK(refused(hello
        + "urn:ietf:params:netconf:base:1.1</capability></capabilities>"
          "<session-id>4</session-id></hello>]]>]]>"));
    CHECK(refused("no hello at all]]>]]>"));
    const std::string good
        = hello + "urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>]]>]]>";
    CHECK(refused(good + "\n##\n"));
    CHECK(refused(good + "\n#0\n"));
    CHECK(refused(good + "\n#18446744073709551615\n"));
    CHECK(refused(good + "<rpc/>]]>]]>"));
    CHECK(node.core->netconf.totals().inBadHellos == 4);
    CHECK(other.call("<close-session/>") == "<ok/>");
}

TEST_CASE("a login that is none is refused")
{
    Node node;
    for (const char* const bytes : { "\x01", "\xff\xff\xff\xff", "\x06" }) {
        auto ends = fd::socketPair();
        const fd::Fd mine = std::move(ends.first);
        node.core->netconf.accept(std::move(ends.second), "192.0.2.7");
        std::string all = bytes;
        all.resize(12, '\0');
        REQUIRE(::write(mine.get(), all.data(), all.size()) == 12);
        char byte = 0;
        node.until([&] { return ::read(mine.get(), &byte, 1) == 0; });
    }
    CHECK(node.core->netconf.sessions().empty());
}

TEST_CASE("a session that is not read from is dropped, others go on")
{
    Node node;
    Peer reading(node, "sec");
    CHECK(reading
              .call(edit("<agent-access xmlns=\"urn:femtowatch:yang:femto-agent-access\"><limits>"
                         "<max-queued-output>1048576</max-queued-output></limits></agent-access>"))
              .find("access-denied")
        != std::string::npos);
    node.core->netconf.limit(1u << 20, 1u << 18);
    Peer stuck(node, "sec");
    CHECK(stuck.call(
              "<create-subscription xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"/>")
        == "<ok/>");
    int i = 0;
    while (node.core->netconf.sessions().size() == 2 && ++i < 10000) {
        const std::string id = std::to_string(i);
        REQUIRE(reading.call(edit("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\">"
                                  "<collection><node-id>"
                    + id + "</node-id></collection></femto-security>"))
            == "<ok/>");
    }
    CHECK(node.core->netconf.totals().droppedSessions == 1);
    CHECK(reading.call("<close-session/>") == "<ok/>");
}

TEST_CASE("requests whose replies are many are served as the replies are read")
{
    constexpr int Count = 400;
    Node node;
    node.core->netconf.limit(1u << 20, 4u << 20);
    Peer peer(node, "sec");
    std::string all;
    for (int i = 0; i < Count; ++i) {
        all += netconf_frame::encode(netconf_frame::Framing::Chunked,
            "<rpc xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\"1\"><get/></rpc>");
    }
    peer.sendRaw(all);
    peer.finish();
    size_t size = 0;
    for (int i = 0; i < Count; ++i) {
        size += peer.next().size();
    }
    CHECK(size > (5u << 20));
    CHECK(peer.closed());
}
