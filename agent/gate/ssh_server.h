// The SSH side of a gate: one connection, non-blocking, from key exchange to the one channel with
// subsystem "netconf" (RFC 6242, section 3). Public keys only; nothing else is granted.
#pragma once

#include "agent/gate/secure_transport.h"
#include "agent/gate/ssh_keys.h"
#include "common/fd.h"

#include <memory>

namespace agent::gate {

class SshServer : public SecureTransport {
public:
    /// Both references must outlive the object. Throws std::runtime_error.
    SshServer(fd::Fd connection, const SshIdentity& identity, const Access& access);
    ~SshServer() override;

    int fd() const override;
    void process() override;
    bool listens(bool) const override { return true; } // for what is not of the channel, too
    bool pending() const override;
    bool ended() const override;
    std::string failure() const override { return {}; }
    const char* limit() const override;
    bool finished() const override;
    /// Set once the subsystem is open.
    const std::optional<Login>& login() const override;
    std::string_view read() override;
    size_t write(std::string_view bytes) override;
    bool keepAlive() override;
    void part(int status) override;
    void close(const std::string& reason) override;

private:
    struct Session;
    std::unique_ptr<Session> session_;
};

} // namespace agent::gate
