// TLS peers that break, stall or flood, while a well-behaved one is served.
#include "common/text.h"
#include "tests/gate/tls_client.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <poll.h>
#include <sys/socket.h>
#include <system_error>

using namespace gate_test;
using netconf_frame::encode;
using netconf_frame::Framing;
using namespace std::string_literals;
using Clock = std::chrono::steady_clock;

namespace {

struct House {
    Issued ca = authority("ca");
    Issued client = issue({ .name = "smf" }, &ca);
    TlsAgent agent;
    TlsSession witness;

    explicit House(std::vector<std::string> more = {})
        : agent(facts(std::move(more)))
        , witness(login(agent, client))
    {
    }

    std::vector<std::string> facts(std::vector<std::string> more) const
    {
        more.push_back(anchor(ca));
        more.push_back(mapping(1, ca.fingerprint(), "common-name"));
        return more;
    }

    void served()
    {
        witness.client.write(encode(Framing::Chunked, "<ping/>"));
        CHECK(witness.server.receive() == "<ping/>");
        witness.server.send("<pong/>");
        CHECK(witness.client.receive() == "<pong/>");
    }
};

/// A ClientHello, as OpenSSL makes it.
std::string clientHello()
{
    const std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_client_method()));
    const std::unique_ptr<SSL, FreeTls> ssl(SSL_new(context.get()));
    BIO* const out = BIO_new(BIO_s_mem());
    SSL_set_bio(ssl.get(), BIO_new(BIO_s_mem()), out);
    SSL_connect(ssl.get());
    char* bytes = nullptr;
    const long size = BIO_get_mem_data(out, &bytes);
    return { bytes, static_cast<size_t>(size) };
}

void sendRaw(const fd::Fd& socket, const std::string& bytes)
{
    REQUIRE(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL)
        == static_cast<ssize_t>(bytes.size()));
}

} // namespace

TEST_CASE("old versions and weak ciphers are not spoken")
{
    House house;
    const auto talks = [&](Versions versions, const char* ciphers) {
        TlsClient client(connectTo(house.agent.tlsPort), &house.client, {}, versions);
        REQUIRE(SSL_set_cipher_list(client.ssl.get(), ciphers) == 1);
        return client.connect();
    };
    CHECK_FALSE(talks({ TLS1_VERSION, TLS1_1_VERSION }, "ALL:@SECLEVEL=0"));
    for (const char* const weak : { "AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384",
             "ECDHE-ECDSA-AES128-SHA", "ALL:!ECDHE:@SECLEVEL=0" }) {
        CAPTURE(weak);
        CHECK_FALSE(talks({ TLS1_2_VERSION, TLS1_2_VERSION }, weak));
    }
    CHECK(talks({ TLS1_2_VERSION, TLS1_2_VERSION }, "ECDHE-ECDSA-CHACHA20-POLY1305"));
    CHECK(talks({ TLS1_2_VERSION, TLS1_2_VERSION }, "ECDHE-ECDSA-AES128-GCM-SHA256"));
}

TEST_CASE("no handshake is shortened, and there is no ticket")
{
    House house;
    for (const int version : { TLS1_2_VERSION, TLS1_3_VERSION }) {
        TlsSession one = login(house.agent, house.client, {}, { version, version });
        SSL_SESSION* const session = SSL_get1_session(one.client.ssl.get());
        CHECK(SSL_SESSION_has_ticket(session) == 0);
        TlsClient again(connectTo(house.agent.tlsPort), &house.client, {}, { version, version });
        SSL_set_session(again.ssl.get(), session);
        CHECK(again.connect());
        CHECK(SSL_session_reused(again.ssl.get()) == 0);
        CHECK(house.agent.session().user == "smf");
        SSL_SESSION_free(session);
    }
}

TEST_CASE("a new handshake is refused")
{
    House house;
    auto [client, server]
        = login(house.agent, house.client, {}, { TLS1_2_VERSION, TLS1_2_VERSION });
    CHECK(SSL_renegotiate(client.ssl.get()) == 1);
    CHECK(SSL_do_handshake(client.ssl.get()) != 1);
    house.served();
}

TEST_CASE("peers that stall in the handshake are dropped in time")
{
    House house({ "limit\tauthentication-timeout\t3", "limit\thello-timeout\t2" });
    const std::string hello = clientHello();
    const fd::Fd silent = connectTo(house.agent.tlsPort);
    const fd::Fd halfRecord = connectTo(house.agent.tlsPort);
    sendRaw(halfRecord, hello.substr(0, hello.size() / 2));
    const fd::Fd halfHandshake = connectTo(house.agent.tlsPort);
    sendRaw(halfHandshake, hello);
    CHECK(closes(silent));
    CHECK(closes(halfRecord));
    CHECK(closes(halfHandshake));
    TlsClient withoutHello(connectTo(house.agent.tlsPort), &house.client);
    CHECK(withoutHello.connect());
    ServerSession waits = house.agent.session();
    CHECK(waits.ends());
    house.served();
}

TEST_CASE("many connections that do not finish their handshake lock nobody out")
{
    House house({ "limit\tmax-unauthenticated\t6", "limit\tmax-unauthenticated-per-source\t4" });
    const std::string hello = clientHello();
    std::vector<fd::Fd> flood;
    for (int i = 0; i < 5; ++i) {
        flood.push_back(connectTo(house.agent.tlsPort, "127.0.0.2"));
        sendRaw(flood.back(), hello);
        REQUIRE(ready(flood.back().get(), POLLIN)); // it is answered, and so counted
    }
    CHECK(closes(flood[0])); // the oldest of the source
    CHECK(userOf(house.agent, house.client) == "smf");
    for (int i = 0; i < 60; ++i) {
        flood.push_back(connectTo(house.agent.tlsPort, i % 2 ? "127.0.0.3" : "127.0.0.4"));
    }
    CHECK(userOf(house.agent, house.client) == "smf");
    house.served();
}

TEST_CASE("garbage in place of a handshake, or within records, ends its own connection")
{
    House house;
    for (const std::string& bad : { "SSH-2.0-x\r\n"s, "GET / HTTP/1.1\r\n\r\n"s,
             std::string(1000, '\0'), "\x16\x03\x01\xff\xff"s + std::string(70000, 'x') }) {
        const fd::Fd socket = connectTo(house.agent.tlsPort);
        ::send(socket.get(), bad.data(), bad.size(), MSG_NOSIGNAL);
        CHECK(closes(socket));
    }
    for (const std::string& bad : { "\x17\x03\x03\x00\x20"s + std::string(32, 'x'), "garbage"s }) {
        auto [client, server] = login(house.agent, house.client);
        sendRaw(client.socket, bad);
        CHECK(server.ends());
        CHECK(client.ends());
    }
    auto [client, server] = login(house.agent, house.client);
    client.write("<no chunk/>");
    CHECK(server.ends());
    CHECK(client.ends());
    house.served();
}

TEST_CASE("half a record, or half a message, is not waited for longer than a message may take")
{
    House house({ "limit\tmessage-timeout\t1" });
    auto [half, server] = login(house.agent, house.client);
    half.write("\n#1000\nx");
    CHECK(server.ends());
    house.served();
}

TEST_CASE("a peer that does not read is dropped at its bound, or after a while")
{
    House house({ "limit\tmax-queued-output\t1048576", "limit\tmessage-timeout\t1" });
    for (const size_t most : { 200u << 20, 700u << 10 }) {
        const int small = 4096;
        fd::Fd narrow = connectTo(house.agent.tlsPort);
        ::setsockopt(narrow.get(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
        auto [client, server] = begin(house.agent, TlsClient(std::move(narrow), &house.client));
        const std::string notification = encode(Framing::Chunked, std::string(10000, 'n'));
        size_t taken = 0;
        try {
            while (taken < most) {
                server.write(notification);
                taken += notification.size();
            }
        } catch (const std::system_error&) { // dropped before all of it was written
        }
        CHECK(taken < (16u << 20)); // bound, and what sockets hold
        CHECK((taken >= most ? true : server.ends()));
        house.served();
    }
}

TEST_CASE(
    "large messages pass in both directions, and are asked for no faster than they are served")
{
    House house({ "limit\tmax-message-size\t1048576", "limit\tmessage-timeout\t1" });
    auto [client, server] = login(house.agent, house.client);
    const std::string reply(20u << 20, 'r');
    server.send(reply);
    CHECK(client.receive() == reply);
    const std::string request(900000, 'q');
    client.write(encode(Framing::Chunked, request));
    CHECK(server.receive() == request);

    // Nobody reads on the server's side for longer than a message may take.
    SSL_set_mode(client.ssl.get(), SSL_MODE_ENABLE_PARTIAL_WRITE);
    std::string bytes;
    for (int i = 0; i < 10; ++i) {
        bytes += encode(Framing::Chunked, request);
    }
    fd::setNonBlocking(client.socket.get());
    const auto until = Clock::now() + milliseconds(2000);
    size_t sent = 0;
    int received = 0;
    while (received < 10) {
        const int n = sent == bytes.size() ? 0
                                           : SSL_write(client.ssl.get(), bytes.data() + sent,
                                               static_cast<int>(bytes.size() - sent));
        sent += static_cast<size_t>(std::max(n, 0));
        if (Clock::now() > until && ready(server.socket.get(), POLLIN, milliseconds(1))) {
            CHECK(server.receive() == request);
            ++received;
        } else {
            ::poll(nullptr, 0, 1);
        }
        REQUIRE(Clock::now() < until + Deadline * 2);
    }
}

TEST_CASE("a peer may ask for new keys, but not endlessly")
{
    House house;
    auto [client, server] = login(house.agent, house.client);
    const auto ask = [&] {
        return SSL_key_update(client.ssl.get(), SSL_KEY_UPDATE_REQUESTED) == 1
            && SSL_do_handshake(client.ssl.get()) == 1;
    };
    for (int i = 0; i < 8; ++i) {
        CHECK(ask());
    }
    client.write(encode(Framing::Chunked, "<rpc/>"));
    CHECK(server.receive() == "<rpc/>");
    server.send("<reply/>");
    CHECK(client.receive() == "<reply/>");
    for (int i = 0; i < 10000 && ask(); ++i) { }
    CHECK(server.ends());
    CHECK(client.ends());
    house.served();
}

TEST_CASE("the kernel asks a silent peer for a sign of life")
{
    House house({ "limit\tkeepalive-interval\t7" });
    house.served();
    char port[8];
    snprintf(port, sizeof port, ":%04X", house.agent.tlsPort);
    bool asked = false; // once nothing of the session is on its way any more
    for (const auto until = Clock::now() + Deadline; !asked && Clock::now() < until;) {
        std::ifstream sockets("/proc/net/tcp");
        for (std::string line; std::getline(sockets, line);) {
            const auto words = text::words(line); // number, local, remote, state, queues, timer
            asked |= words.at(1).ends_with(port) && words.at(3) == "01"
                && words.at(5).starts_with("02:"); // keepalive
        }
        ::poll(nullptr, 0, 20);
    }
    CHECK(asked);
}
