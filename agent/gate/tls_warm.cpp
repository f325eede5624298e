#include "agent/gate/tls_warm.h"
#include "agent/gate/tls_openssl.h"
#include "agent/gate/tls_server.h"
#include "common/log.h"

#include <sys/socket.h>

namespace agent::gate {

namespace {

constexpr int MostRounds = 8;

} // namespace

void warmUp(const TlsIdentity& identity)
try { // boundary: nothing depends on it
    auto [near, far] = fd::socketPair();
    const Access nobody;
    TlsServer server(std::move(near), identity, nobody);
    const std::unique_ptr<SSL_CTX, tls::Free<SSL_CTX_free>> context(
        SSL_CTX_new(TLS_client_method()));
    const std::unique_ptr<SSL, tls::Free<SSL_free>> client(SSL_new(context.get()));
    if (!client || SSL_set_fd(client.get(), far.get()) != 1) {
        throw std::bad_alloc();
    }
    // Without a certificate it gets no further than that, and what follows is short.
    for (int i = 0; i < MostRounds && SSL_connect(client.get()) != 1 && !server.ended(); ++i) {
        server.process();
    }
    server.process();
    server.close("");
} catch (const std::exception& e) {
    logging::debug(std::string("gate is not warmed up: ") + e.what());
}

} // namespace agent::gate
