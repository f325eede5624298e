// Who gets in, and with what.
#include "tests/gate/client.h"

#include <catch2/catch.hpp>

using namespace gate_test;
using netconf_frame::encode;
using netconf_frame::Framing;

TEST_CASE("a user logs in by key and talks base:1.1 to the server")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key) });
    auto [client, server] = login(agent, key);
    CHECK(server.user == "smf");
    CHECK(server.address == "127.0.0.1");
    CHECK(server.kind == "listen");
    client.write(encode(Framing::Chunked, "<rpc message-id=\"1\"/>"));
    CHECK(server.receive() == "<rpc message-id=\"1\"/>");
    server.send("<rpc-reply message-id=\"1\"/>");
    CHECK(client.receive() == "<rpc-reply message-id=\"1\"/>");
}

TEST_CASE("a base:1.0 client is translated in both directions")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key) });
    auto [client, server] = login(agent, key, Hello10);
    client.write("<rpc message-id=\"1\"/>]]>]]>\n<rpc message-id=\"2\"/>]]>]]>");
    CHECK(server.receive() == "<rpc message-id=\"1\"/>");
    CHECK(server.receive() == "<rpc message-id=\"2\"/>");
    server.write("\n#5\n<rpc-\n#7\nreply/>\n##\n");
    CHECK(client.read(100) == "<rpc-reply/>]]>]]>");
}
