// The TLS side of a gate: one connection, non-blocking, from the handshake with certificates of
// both sides to the bytes of NETCONF (RFC 7589).
#pragma once

#include "agent/gate/secure_transport.h"
#include "agent/gate/tls_identity.h"
#include "common/fd.h"

#include <memory>

namespace agent::gate {

class TlsServer : public SecureTransport {
public:
    /// Both references must outlive the object. Throws std::runtime_error.
    TlsServer(fd::Fd connection, const TlsIdentity& identity, const Access& access);
    ~TlsServer() override;

    int fd() const override;
    void process() override;
    bool listens(bool wanted) const override;
    bool pending() const override;
    bool ended() const override;
    std::string failure() const override;
    bool finished() const override;
    /// Set once the handshake is over.
    const std::optional<Login>& login() const override;
    std::string_view read() override;
    size_t write(std::string_view bytes) override;
    bool keepAlive() override { return false; }
    void part(int status) override;
    void close(const std::string& reason) override;

    /// OpenSSL's callback of every context that makes a TlsServer: 1 if the peer's certificate is
    /// accepted.
    static int judge(x509_store_ctx_st* presented, void*) noexcept;

private:
    struct Session;
    std::unique_ptr<Session> session_;
};

} // namespace agent::gate
