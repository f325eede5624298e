// Whose certificates are accepted, and what user they make (RFC 7589, sections 5 and 7).
#pragma once

#include "agent/gate/access.h"

#include <memory>
#include <optional>
#include <string>

struct x509_store_st;
struct x509_store_ctx_st;

namespace agent::gate {

class TlsClients {
public:
    /// An anchor that is no certificate is logged and left out.
    explicit TlsClients(const Tls& facts);

    x509_store_st* anchors() const { return anchors_.get(); }

    struct Verdict {
        std::optional<Login> login;
        std::string why; // if there is none
    };
    /// To be called from OpenSSL's callback in place of X509_verify_cert(). That the peer has the
    /// key to the certificate is not known yet then.
    Verdict judge(x509_store_ctx_st* presented) const;

private:
    struct Release {
        void operator()(x509_store_st* store) const noexcept;
    };
    Tls facts_;
    std::unique_ptr<x509_store_st, Release> anchors_;
};

} // namespace agent::gate
