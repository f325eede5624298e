// The agent's certificate, with what else every TLS server of ours has in common: versions,
// ciphers, whose certificates are accepted. Nothing of it comes from openssl.cnf.
#pragma once

#include "agent/gate/tls_clients.h"
#include "agent/gate/tls_keys.h"

#include <memory>
#include <string>

struct ssl_ctx_st;

namespace agent::gate {

class TlsIdentity {
public:
    /// Throws std::runtime_error, naming no secret, if the files are no certificate with its key.
    TlsIdentity(const TlsFiles& files, const Tls& facts);

    ssl_ctx_st* raw() const { return context_.get(); }
    const TlsClients& clients() const { return clients_; }
    /// "SUBJECT SHA-256 AB:CD:..." of the certificate.
    const std::string& fingerprint() const { return fingerprint_; }

    /// For this process, once, before anything else uses OpenSSL.
    static void readNoConfiguration();

private:
    struct Release {
        void operator()(ssl_ctx_st* context) const noexcept;
    };
    TlsClients clients_;
    std::unique_ptr<ssl_ctx_st, Release> context_;
    std::string fingerprint_;
};

} // namespace agent::gate
