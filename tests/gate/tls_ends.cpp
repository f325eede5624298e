// How a session over TLS ends, as its peer sees it; and what ends it from this side.
#include "tests/gate/tls_client.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

using namespace gate_test;
using netconf_frame::encode;
using netconf_frame::Framing;

namespace {

void echo(TlsSession& session)
{
    session.client.write(encode(Framing::Chunked, "<ping/>"));
    CHECK(session.server.receive() == "<ping/>");
}

} // namespace

TEST_CASE("a session over TLS ends with close_notify")
{
    const Issued ca = authority("ca");
    const Issued own = issue({ .name = "smf" }, &ca);
    TlsAgent agent({ anchor(ca), mapping(1, ca.fingerprint(), "common-name") });
    for (const int version : { TLS1_2_VERSION, TLS1_3_VERSION }) {
        auto [client, server] = login(agent, own, {}, { version, version });
        client.write(encode(Framing::Chunked, "<close-session/>"));
        CHECK(server.receive() == "<close-session/>");
        server.send("<ok/>");
        server.socket.close();
        CHECK(client.receive() == "<ok/>");
        CHECK(client.rest().empty());
        SSL_shutdown(client.ssl.get());
        CHECK(client.ends());
    }
}

TEST_CASE("what a peer sent before its close_notify is answered")
{
    const Issued ca = authority("ca");
    const Issued own = issue({ .name = "smf" }, &ca);
    TlsAgent agent({ anchor(ca), mapping(1, ca.fingerprint(), "common-name") });
    auto [client, server] = login(agent, own);
    client.write(encode(Framing::Chunked, "<rpc/>"));
    CHECK(SSL_shutdown(client.ssl.get()) == 0);
    CHECK(server.receive() == "<rpc/>");
    CHECK_THROWS_WITH(server.receive(), "end of session");
    const std::string reply(3u << 20, 'r');
    server.send(reply);
    server.socket.close();
    CHECK(client.receive() == reply);
    CHECK(client.rest().empty());
    CHECK(client.ends());
}

TEST_CASE("a peer that is gone without close_notify costs nothing but its session")
{
    const Issued ca = authority("ca");
    const Issued own = issue({ .name = "smf" }, &ca);
    TlsAgent agent({ anchor(ca), mapping(1, ca.fingerprint(), "common-name") });
    auto one = std::make_unique<TlsSession>(login(agent, own));
    TlsSession other = login(agent, own);
    one->client.write(encode(Framing::Chunked, "<rpc/>"));
    CHECK(one->server.receive() == "<rpc/>");
    one->client.socket.close();
    CHECK(one->server.ends());
    echo(other);

    // Nor while nothing more is taken from it: it resets what it has not read.
    TlsSession full = login(agent, own);
    full.server.send("<unread/>");
    fd::setNonBlocking(full.client.socket.get());
    const std::string request = encode(Framing::Chunked, std::string(500000, 'q'));
    for (int i = 0; i < 100; ++i) {
        SSL_write(full.client.ssl.get(), request.data(), static_cast<int>(request.size()));
        ::poll(nullptr, 0, 5);
    }
    full.client.socket.close();
    CHECK(becomes([&] {
        char byte = 0;
        return ready(full.server.socket.get(), POLLHUP, milliseconds(0))
            || ::recv(full.server.socket.get(), &byte, 1, MSG_DONTWAIT) == 0;
    }));
    echo(other);
}

TEST_CASE("a session over TLS ends when what it rests on is removed, others stay")
{
    const Issued first = authority("first");
    const Issued second = authority("second");
    const Issued a = issue({ .name = "a" }, &first);
    const Issued b = issue({ .name = "b" }, &second);
    const Issued c = issue({ .name = "c" }, nullptr);
    const std::string ofA = mapping(1, first.fingerprint(), "common-name");
    const std::string ofB = mapping(2, second.fingerprint(), "common-name");
    const std::string ofC = mapping(3, c.fingerprint(), "specified", "c");
    struct Row {
        std::string gone;
        std::string instead;
    };
    const Key key = makeKey();
    for (const auto& [gone, instead] : { Row { anchor(first), "" }, Row { ofA, "" },
             Row { ofA, mapping(1, first.fingerprint(), "specified", "a") },
             Row { ofA, mapping(4, first.fingerprint(), "common-name") } }) {
        CAPTURE(gone, instead);
        TlsAgent agent(
            { userKey("smf", key), anchor(first), anchor(second), pinned(c), ofA, ofB, ofC });
        TlsSession ends = login(agent, a);
        TlsSession stays = login(agent, b);
        TlsSession self = login(agent, c);
        Session ssh = login(agent, key);
        std::erase(agent.facts, gone);
        if (!instead.empty()) {
            agent.facts.push_back(instead);
        }
        agent.tell();
        CHECK(ends.server.ends());
        CHECK(ends.client.ends());
        echo(stays);
        CHECK(becomes([&] { return (userOf(agent, a) == "refused") == instead.empty(); }));
        echo(self);
        std::erase(agent.facts, pinned(c));
        agent.tell();
        CHECK(self.server.ends());
        echo(stays);
        ssh.client.write(encode(Framing::Chunked, "<ping/>"));
        CHECK(ssh.server.receive() == "<ping/>");
    }
}

TEST_CASE("sessions stay when their endpoint goes, and an endpoint changes its transport")
{
    const Issued ca = authority("ca");
    const Issued own = issue({ .name = "smf" }, &ca);
    const Key key = makeKey();
    TlsAgent agent(
        { userKey("smf", key), anchor(ca), mapping(1, ca.fingerprint(), "common-name") });
    TlsSession session = login(agent, own);
    std::erase_if(agent.facts, [](const std::string& fact) {
        return fact.starts_with("listen") || fact.starts_with("tls-identity");
    });
    agent.facts.push_back("listen\toam-tls\t127.0.0.1\t" + std::to_string(agent.tlsPort));
    agent.tell();
    agent.port = agent.tlsPort;
    CHECK(becomes([&] {
        try {
            return login(agent, key).server.transport == "ssh";
        } catch (const std::exception&) {
            return false;
        }
    }));
    echo(session);
}

TEST_CASE(
    "the agent's certificate is made once, is the same after that, and another takes its place")
{
    const Issued ca = authority("ca");
    const Issued own = issue({ .name = "smf" }, &ca);
    TlsAgent agent({ anchor(ca), mapping(1, ca.fingerprint(), "common-name") });
    const auto subject = [&] {
        TlsClient client(connectTo(agent.tlsPort), &own);
        if (!client.connect()) {
            return std::string("refused");
        }
        char name[256];
        const Issued seen {
            std::unique_ptr<X509, FreeX509>(SSL_get1_peer_certificate(client.ssl.get())), nullptr
        };
        X509_NAME_oneline(X509_get_subject_name(seen.cert.get()), name, sizeof name);
        return name + (" " + seen.fingerprint());
    };
    const std::string made = subject();
    CHECK_THAT(made, Catch::StartsWith("/CN=femtowatch-agent 04:"));
    const std::string key = agent.config.keyDirectory + "/tls_key.pem";
    const std::string certificate = agent.config.keyDirectory + "/tls_certificate.pem";
    for (const std::string& file : { key, certificate }) {
        struct stat is { };
        REQUIRE(::stat(file.c_str(), &is) == 0);
        CHECK((is.st_mode & 07777) == 0600);
    }
    agent.tell();
    CHECK(subject() == made);
    const Issued root = authority("vendor");
    const Issued better = issue({ .name = "node 1", .purpose = "serverAuth" }, &root);
    std::ofstream(key) << better.keyPem();
    agent.tell();
    CHECK(becomes([&] { return subject() == "refused"; })); // a key of another certificate
    std::ofstream(certificate) << better.pem() << root.pem();
    agent.tell();
    CHECK(becomes([&] { return subject() == "/O=Test/CN=node 1 " + better.fingerprint(); }));
}
