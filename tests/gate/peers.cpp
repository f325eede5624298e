// Peers that break, stall or flood, while a well-behaved one is served.
#include "tests/gate/client.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>

using namespace gate_test;
using netconf_frame::encode;
using netconf_frame::Framing;
using namespace std::string_literals;
using Clock = std::chrono::steady_clock;

namespace {

/// A session beside, to see that it is served.
struct Witness {
    explicit Witness(Agent& agent, const Key& key)
        : session(login(agent, key))
    {
    }
    void served()
    {
        session.client.write(encode(Framing::Chunked, "<ping/>"));
        CHECK(session.server.receive() == "<ping/>");
        session.server.send("<pong/>");
        CHECK(session.client.receive() == "<pong/>");
    }
    Session session;
};

/// A connection that takes few bytes in advance.
fd::Fd narrow(uint16_t port)
{
    fd::Fd socket = connectTo(port);
    const int small = 4096;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    return socket;
}

} // namespace

TEST_CASE("a broken message ends its own session and never reaches the server")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key) });
    Witness witness(agent, key);
    for (const std::string& bad : { "\n##\n"s, "\n#0\n"s, "\n#-1\n"s, "\n#18446744073709551615\nx"s,
             "\n#18446744073709551617\nx"s, "\n#4294967295\nx"s, "\n#4000000000\nx"s, "\n#01\nx"s,
             "<rpc/>]]>]]>"s, "\n#1\n\0\n##\n"s, "\n#1\nxx"s, "\r\n#1\nx\n##\n"s }) {
        CAPTURE(bad);
        auto [client, server] = login(agent, key);
        client.write(bad);
        CHECK_THROWS_WITH(server.receive(), "end of session");
        CHECK(client.ends());
        witness.served();
    }
}

TEST_CASE("a hello that is none ends the session")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key) });
    for (const std::string& bad : { "<rpc/>]]>]]>"s, "]]>]]>"s, "\n#5\nhello\n##\n]]>]]>"s,
             "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"/>]]>]]>"s }) {
        CAPTURE(bad);
        Client client(agent.port);
        REQUIRE(client.authenticate(key) == SSH_AUTH_SUCCESS);
        REQUIRE(client.open());
        client.write(bad);
        ServerSession server = agent.session();
        CHECK(server.ends());
        CHECK(client.ends());
    }
}

TEST_CASE("peers that stall are dropped in time, at each step")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key), "limit\tauthentication-timeout\t2",
        "limit\thello-timeout\t1", "limit\tmessage-timeout\t1" });
    Witness witness(agent, key);

    const fd::Fd silent = connectTo(agent.port);
    const fd::Fd halfBanner = connectTo(agent.port);
    REQUIRE(::send(halfBanner.get(), "SSH-2.0-x", 9, 0) == 9);
    Client unauthenticated(agent.port);
    Client withoutChannel(agent.port);
    REQUIRE(withoutChannel.authenticate(key) == SSH_AUTH_SUCCESS);
    CHECK(closes(silent));
    CHECK(closes(halfBanner));
    witness.served();

    Client withoutHello(agent.port);
    REQUIRE(withoutHello.authenticate(key) == SSH_AUTH_SUCCESS);
    REQUIRE(withoutHello.open());
    ServerSession waits = agent.session();
    CHECK(waits.ends());

    auto [half, server] = login(agent, key);
    const auto begin = Clock::now();
    half.write("\n#1000\n");
    // A byte now and then gains no time.
    while (
        !ready(server.socket.get(), POLLIN, milliseconds(100)) && Clock::now() - begin < Deadline) {
        try {
            half.write("x");
        } catch (const std::exception&) {
            break;
        }
    }
    CHECK(server.ends());
    CHECK(Clock::now() - begin < milliseconds(5000));
    CHECK(agent.noSession(milliseconds(0)));
    witness.served();
}

TEST_CASE("a peer that does not read is dropped at its bound, and the server never waits")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key), "limit\tmax-queued-output\t1048576" });
    Witness witness(agent, key);
    Client client(narrow(agent.port), "smf");
    REQUIRE(client.authenticate(key) == SSH_AUTH_SUCCESS);
    REQUIRE(client.open());
    client.write(encode(Framing::EndOfMessage, Hello11));
    ServerSession server = agent.session();
    server.greet();
    const std::string notification = encode(Framing::Chunked, std::string(10000, 'n'));
    size_t taken = 0;
    const auto begin = Clock::now();
    try {
        while (taken < (200u << 20)) {
            server.write(notification);
            taken += notification.size();
        }
    } catch (const std::system_error&) {
    }
    CHECK(taken < (16u << 20)); // bound, and what windows and sockets hold
    CHECK(Clock::now() - begin < Deadline);
    witness.served();
}

TEST_CASE("a peer that stops reading below the bound is dropped after a while")
{
    const Key key = makeKey();
    Agent agent(
        { userKey("smf", key), "limit\tmessage-timeout\t1", "limit\tkeepalive-interval\t0" });
    Client client(narrow(agent.port), "smf");
    REQUIRE(client.authenticate(key) == SSH_AUTH_SUCCESS);
    REQUIRE(client.open());
    client.write(encode(Framing::EndOfMessage, Hello11));
    ServerSession server = agent.session();
    server.greet();
    try {
        server.send(std::string(16u << 20, 'r'));
    } catch (const std::system_error&) { // dropped before all of it was written
    }
    CHECK(server.ends());
}

TEST_CASE("a large reply reaches a peer that reads")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key), "limit\tmax-message-size\t65536" });
    for (const char* hello : { Hello11, Hello10 }) {
        auto [client, server] = login(agent, key, hello);
        const std::string reply(20u << 20, 'r');
        server.send(reply);
        CHECK(client.receive() == reply);
    }
}

TEST_CASE("requests that come faster than they are served are kept within bounds")
{
    const Key key = makeKey();
    Agent agent(
        { userKey("smf", key), "limit\tmax-message-size\t65536", "limit\tmessage-timeout\t1" });
    auto [client, server] = login(agent, key);
    constexpr int Count = 40; // 2.4 MB; the server's socket takes far less
    const std::string request(60000, 'q');
    ssh_set_blocking(client.ssh.get(), 0);
    std::string bytes;
    for (int i = 0; i < Count; ++i) {
        bytes += encode(Framing::Chunked, request);
    }
    // Nobody reads on the server's side for longer than a message may take.
    const auto until = Clock::now() + milliseconds(2000);
    size_t sent = 0;
    int received = 0;
    while (received < Count) {
        if (sent < bytes.size()) {
            const int n = ssh_channel_write(client.channel, bytes.data() + sent,
                static_cast<uint32_t>(std::min<size_t>(bytes.size() - sent, 30000)));
            REQUIRE(n >= 0);
            sent += static_cast<size_t>(n);
        }
        if (Clock::now() > until && ready(server.socket.get(), POLLIN, milliseconds(1))) {
            CHECK(server.receive() == request);
            ++received;
        } else {
            ::poll(nullptr, 0, 1);
        }
        REQUIRE(Clock::now() < until + Deadline * 2);
    }
}

TEST_CASE("a silent peer is asked, and ended when it does not answer")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key), "limit\tkeepalive-interval\t1" });
    auto [answers, kept] = login(agent, key);
    auto [dead, server] = login(agent, key); // its libssh is not called any more
    const auto begin = Clock::now();
    while (
        !ready(server.socket.get(), POLLIN, milliseconds(0)) && Clock::now() - begin < Deadline) {
        CHECK_FALSE(answers.ends(milliseconds(100)));
    }
    CHECK(server.ends(milliseconds(0) + milliseconds(100)));
    CHECK(Clock::now() - begin > milliseconds(2500));
    answers.write(encode(Framing::Chunked, "<still/>"));
    CHECK(kept.receive() == "<still/>");
}

TEST_CASE("many unauthenticated connections lock nobody out")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key), "limit\tmax-unauthenticated\t6",
        "limit\tmax-unauthenticated-per-source\t4" });
    std::vector<fd::Fd> flood;
    for (int i = 0; i < 5; ++i) {
        flood.push_back(connectTo(agent.port, "127.0.0.2"));
        char byte = 0; // the banner: it is counted now
        REQUIRE(ready(flood.back().get(), POLLIN));
        REQUIRE(::recv(flood.back().get(), &byte, 1, 0) == 1);
    }
    CHECK(closes(flood[0])); // the oldest of the source
    CHECK(login(agent, key).server.user == "smf");
    for (int i = 0; i < 4; ++i) {
        flood.push_back(connectTo(agent.port, "127.0.0.3"));
        char byte = 0;
        REQUIRE(ready(flood.back().get(), POLLIN));
        REQUIRE(::recv(flood.back().get(), &byte, 1, 0) == 1);
    }
    CHECK(closes(flood[1])); // the oldest of all
    CHECK(closes(flood[2]));
    CHECK(login(agent, key).server.user == "smf");
    for (int i = 0; i < 200; ++i) {
        flood.push_back(connectTo(agent.port, i % 2 ? "127.0.0.4" : "127.0.0.5"));
    }
    CHECK(login(agent, key).server.user == "smf");
}

TEST_CASE("no more sessions than are allowed")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key), "limit\tmax-sessions\t1" });
    {
        Witness witness(agent, key);
        Client second(agent.port);
        REQUIRE(second.authenticate(key) == SSH_AUTH_SUCCESS);
        second.open();
        CHECK(second.ends());
        CHECK(agent.noSession(milliseconds(0)));
        witness.served();
    }
    const auto until = Clock::now() + Deadline;
    bool again = false; // its end is noticed a moment later
    while (!again && Clock::now() < until) {
        Client next(agent.port);
        REQUIRE(next.authenticate(key) == SSH_AUTH_SUCCESS);
        next.open();
        again = !agent.noSession(milliseconds(200));
    }
    CHECK(again);
}
