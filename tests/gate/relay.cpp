#include "agent/gate/relay.h"
#include "tests/gate/client.h"

#include <catch2/catch.hpp>

using agent::gate::Refused;
using agent::gate::Relay;
using gate_test::Hello10;
using gate_test::Hello11;
using netconf_frame::encode;
using netconf_frame::Framing;

namespace {

constexpr size_t Most = 1000;

std::string taken(agent::gate::Queue& queue)
{
    std::string all(queue.front());
    queue.taken(all.size());
    return all;
}

std::string refusal(const char* hello, const std::string& bytes)
{
    Relay relay(Most, 1 << 20);
    relay.fromPeer(encode(Framing::EndOfMessage, hello));
    try {
        relay.fromPeer(bytes);
    } catch (const Refused& e) {
        CHECK(relay.toServer.empty());
        return e.what();
    }
    return "accepted";
}

} // namespace

TEST_CASE("the server's hello goes out before the peer's is there, and nothing else does")
{
    Relay relay(Most, 1 << 20);
    relay.fromServer("<hello/>]]>]]>\n#1\na\n##\n\n#2\nb");
    CHECK(taken(relay.toPeer) == "<hello/>]]>]]>");
    relay.fromServer("c\n##\n");
    CHECK(relay.toPeer.empty());
    SECTION("base:1.1")
    {
        relay.fromPeer(encode(Framing::EndOfMessage, Hello11));
        CHECK(taken(relay.toPeer) == "\n#1\na\n##\n\n#2\nbc\n##\n");
        relay.fromServer("\n#3\nde"); // not whole: chunks pass as they come
        CHECK(taken(relay.toPeer) == "\n#3\nde");
    }
    SECTION("base:1.0")
    {
        relay.fromPeer(encode(Framing::EndOfMessage, Hello10));
        CHECK(taken(relay.toPeer) == "a]]>]]>bc]]>]]>");
        relay.fromServer("\n#3\nde");
        CHECK(relay.toPeer.empty());
        relay.fromServer("f\n##\n");
        CHECK(taken(relay.toPeer) == "def]]>]]>");
    }
    CHECK(relay.toServer.empty());
}

TEST_CASE("a request reaches the server whole or not at all")
{
    Relay relay(Most, 1 << 20);
    relay.fromPeer(encode(Framing::EndOfMessage, Hello11) + "\n#2\nab");
    CHECK(relay.receiving());
    CHECK(relay.toServer.empty());
    relay.fromPeer("\n#1\nc\n##\n\n#1\nd\n##");
    CHECK(taken(relay.toServer) == "\n#3\nabc\n##\n");
    CHECK(relay.receiving());
    relay.fromPeer("\n");
    CHECK(taken(relay.toServer) == "\n#1\nd\n##\n");
    CHECK_FALSE(relay.receiving());
}

TEST_CASE("what breaks the protocol is refused and not passed on")
{
    CHECK(refusal(Hello11, "\n##\n") == "message without a chunk");
    CHECK(refusal(Hello11, "\n#1001\n") == "message is larger than 1000 bytes");
    CHECK(refusal(Hello11, std::string("\n#1\n\0\n##\n", 9)) == "message with a NUL byte");
    CHECK(refusal(Hello10, std::string(2000, 'x')) == "message is larger than 1000 bytes");
    CHECK(refusal(Hello10, "]]>]]>") == "message is empty");
    Relay relay(Most, 1 << 20);
    CHECK_THROWS_AS(relay.fromPeer("<rpc/>]]>]]>"), Refused);
    Relay none(Most, 1 << 20);
    CHECK_THROWS_WITH(
        none.fromPeer("<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"/>]]>]]>"),
        "hello has no base protocol in common");
}

TEST_CASE("output for a peer that does not read is bounded, a larger request limit notwithstanding")
{
    for (const char* hello : { Hello10, Hello11 }) {
        Relay relay(Most, 10000);
        relay.fromPeer(encode(Framing::EndOfMessage, hello));
        relay.fromServer("<hello/>]]>]]>");
        const std::string reply = encode(Framing::Chunked, std::string(3000, 'x'));
        relay.fromServer(reply);
        relay.fromServer(reply);
        relay.fromServer(reply);
        CHECK_THROWS_AS(relay.fromServer(reply), Refused);
        CHECK(relay.toPeer.size() <= 10000);
    }
}
