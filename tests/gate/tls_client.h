// A NETCONF client by OpenSSL, for well-behaved and other peers.
#pragma once

#include "tests/gate/agent.h"
#include "tests/gate/certificates.h"
#include "tests/gate/client.h"

#include <memory>
#include <string>
#include <vector>

namespace gate_test {

struct FreeTls {
    void operator()(SSL* ssl) const noexcept { SSL_free(ssl); }
    void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
};

/// An agent that listens for TLS, too, and its facts.
struct TlsAgent : Agent {
    explicit TlsAgent(std::vector<std::string> facts);
    uint16_t tlsPort;

private:
    TlsAgent(std::vector<std::string> facts, uint16_t port);
};

struct Versions {
    int least = TLS1_2_VERSION;
    int most = TLS1_3_VERSION;
};

struct TlsClient {
    fd::Fd socket;
    std::unique_ptr<SSL, FreeTls> ssl;
    netconf_frame::Decoder decoder { 1u << 30 };

    /// Not connected yet; without `own` it has no certificate. `chain` is sent along.
    TlsClient(fd::Fd connection, const Issued* own, const std::vector<const Issued*>& chain = {},
        Versions versions = {});

    /// The handshake, and with TLS 1.3 what the agent makes of it. False if it is refused.
    bool connect();
    void write(std::string_view bytes);
    std::string receive();
    /// Bytes until close_notify; " and no end" if there is none.
    std::string rest();
    bool ends(milliseconds most = Deadline);
};

/// A client that is connected, has exchanged hellos, and its server side.
struct TlsSession {
    TlsClient client;
    ServerSession server;
};
/// Throws if it is refused.
TlsSession login(TlsAgent& agent, const Issued& own, const std::vector<const Issued*>& chain = {},
    Versions versions = {});
TlsSession begin(Agent& agent, TlsClient client);
/// The user that the agent takes it for, or "refused".
std::string userOf(TlsAgent& agent, const Issued& own, const std::vector<const Issued*>& chain = {},
    Versions versions = {});

} // namespace gate_test
