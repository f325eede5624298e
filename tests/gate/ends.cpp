// How a session ends, as its peer sees it.
#include "tests/gate/client.h"

#include <catch2/catch.hpp>

using namespace gate_test;
using netconf_frame::encode;
using netconf_frame::Framing;
using namespace std::string_literals;

namespace {

/// The bytes until the end of the channel.
std::string rest(Client& client)
{
    std::string all;
    for (;;) {
        char block[4096];
        const int n = ssh_channel_read_timeout(
            client.channel, block, sizeof block, 0, static_cast<int>(Deadline.count()));
        if (n <= 0) {
            return n == 0 && ssh_channel_is_eof(client.channel) ? all : all + " and no end";
        }
        all.append(block, static_cast<size_t>(n));
    }
}

/// libssh 0.11 (Debian 13) would have another call used, which 0.10 has not.
int exitStatus(const Client& client)
{
#if LIBSSH_VERSION_INT < SSH_VERSION_INT(0, 11, 0)
    return ssh_channel_get_exit_status(client.channel);
#else
    uint32_t status = 0;
    const int rc = ssh_channel_get_exit_state(client.channel, &status, nullptr, nullptr);
    return rc == SSH_OK ? static_cast<int>(status) : -1;
#endif
}

} // namespace

TEST_CASE("an end that was asked for is a success, and the connection is left to the peer")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key) });
    auto [client, server] = login(agent, key, Hello10);
    client.write(encode(Framing::EndOfMessage, "<rpc><close-session/></rpc>"));
    CHECK(server.receive() == "<rpc><close-session/></rpc>");
    server.send("<ok/>");
    server.socket.close();
    CHECK(rest(client) == "<ok/>]]>]]>");
    CHECK(exitStatus(client) == 0);
    CHECK(ssh_is_connected(client.ssh.get()));
}

TEST_CASE("an end that nobody asked for is a failure")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key) });
    auto [client, server] = login(agent, key, Hello10);
    client.write(encode(Framing::EndOfMessage, "<rpc/>"));
    CHECK(server.receive() == "<rpc/>");
    server.socket.close();
    CHECK(rest(client).empty());
    CHECK(exitStatus(client) == 1);
}

TEST_CASE("what a peer sent before it closed its side is answered")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key) });
    auto [client, server] = login(agent, key, Hello10);
    client.write(encode(Framing::EndOfMessage, "<rpc/>"));
    REQUIRE(ssh_channel_send_eof(client.channel) == SSH_OK);
    CHECK(server.receive() == "<rpc/>");
    CHECK_THROWS_WITH(server.receive(), "end of session");
    const std::string reply(3u << 20, 'r');
    server.send(reply);
    server.socket.close();
    CHECK(rest(client) == reply + "]]>]]>");
    CHECK(exitStatus(client) == 0);
}

TEST_CASE("a peer that is refused is told why")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key) });
    auto [client, server] = login(agent, key, Hello10);
    client.write("\0]]>]]>"s);
    CHECK(client.ends());
    CHECK(ssh_get_error(client.ssh.get())
        == "Received SSH_MSG_DISCONNECT: 11:message with a NUL byte"s);
}
