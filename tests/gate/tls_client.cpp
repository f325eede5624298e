#include "tests/gate/tls_client.h"

#include <csignal>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/time.h>

namespace gate_test {

using netconf_frame::Framing;

namespace {

std::vector<std::string> with(std::vector<std::string> facts, uint16_t port)
{
    facts.push_back("tls-identity\ttls_key.pem\ttls_certificate.pem");
    facts.push_back("listen-tls\toam-tls\t127.0.0.1\t" + std::to_string(port));
    return facts;
}

} // namespace

TlsAgent::TlsAgent(std::vector<std::string> facts_)
    : TlsAgent(std::move(facts_), freePort())
{
}

TlsAgent::TlsAgent(std::vector<std::string> facts_, uint16_t at)
    : Agent(with(std::move(facts_), at))
    , tlsPort(at)
{
}

TlsClient::TlsClient(fd::Fd connection, const Issued* own, const std::vector<const Issued*>& chain,
    Versions versions)
    : socket(std::move(connection))
{
    const std::unique_ptr<SSL_CTX, FreeTls> context(SSL_CTX_new(TLS_client_method()));
    SSL_CTX_set_security_level(context.get(), 0); // the agent is asked, not this side
    SSL_CTX_set_min_proto_version(context.get(), versions.least);
    SSL_CTX_set_max_proto_version(context.get(), versions.most);
    if (own) {
        SSL_CTX_use_certificate(context.get(), own->cert.get());
        SSL_CTX_use_PrivateKey(context.get(), own->key.get());
    }
    for (const Issued* const one : chain) {
        SSL_CTX_add1_chain_cert(context.get(), one->cert.get());
    }
    SSL_CTX_set_mode(context.get(), SSL_MODE_NO_AUTO_CHAIN);
    ssl.reset(SSL_new(context.get()));
    const int on = 1;
    ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    const timeval most { Deadline.count() / 1000, 0 };
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &most, sizeof most);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &most, sizeof most);
    SSL_set_fd(ssl.get(), socket.get());
    ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes to sockets that the other side has closed
}

bool TlsClient::connect()
{
    ERR_clear_error();
    return SSL_connect(ssl.get()) == 1;
}

void TlsClient::write(std::string_view bytes)
{
    ERR_clear_error();
    if (SSL_write(ssl.get(), bytes.data(), static_cast<int>(bytes.size()))
        != static_cast<int>(bytes.size())) {
        throw std::runtime_error("TLS write");
    }
}

std::string TlsClient::receive()
{
    for (;;) {
        if (auto message = decoder.next()) {
            return *message;
        }
        char block[16384];
        ERR_clear_error();
        const int n = SSL_read(ssl.get(), block, sizeof block);
        if (n <= 0) {
            const char* const why = ERR_reason_error_string(ERR_peek_error());
            throw std::runtime_error(why ? why : "end or nothing in time");
        }
        decoder.add({ block, static_cast<size_t>(n) });
    }
}

std::string TlsClient::rest()
{
    std::string all;
    for (;;) {
        char block[16384];
        ERR_clear_error();
        const int n = SSL_read(ssl.get(), block, sizeof block);
        if (n <= 0) {
            return SSL_get_error(ssl.get(), n) == SSL_ERROR_ZERO_RETURN ? all : all + " and no end";
        }
        all.append(block, static_cast<size_t>(n));
    }
}

bool TlsClient::ends(milliseconds most)
{
    return closes(socket, most);
}

TlsSession begin(Agent& agent, TlsClient client)
{
    if (!client.connect()) {
        throw std::runtime_error("login is refused");
    }
    client.write(netconf_frame::encode(Framing::EndOfMessage, Hello11));
    const auto until = std::chrono::steady_clock::now() + Deadline;
    while (agent.noSession(milliseconds(50))) {
        if (ready(client.socket.get(), POLLIN, milliseconds(0))
            || std::chrono::steady_clock::now() > until) {
            throw std::runtime_error("login is refused");
        }
    }
    ServerSession server = agent.session();
    server.greet();
    if (client.receive().find("<session-id>") == std::string::npos) {
        throw std::runtime_error("no hello of the server");
    }
    client.decoder.use(Framing::Chunked);
    return { std::move(client), std::move(server) };
}

TlsSession login(
    TlsAgent& agent, const Issued& own, const std::vector<const Issued*>& chain, Versions versions)
{
    return begin(agent, TlsClient(connectTo(agent.tlsPort), &own, chain, versions));
}

std::string userOf(
    TlsAgent& agent, const Issued& own, const std::vector<const Issued*>& chain, Versions versions)
try {
    return login(agent, own, chain, versions).server.user;
} catch (const std::exception&) {
    return "refused";
}

} // namespace gate_test
