// The SSH side of a gate: one connection, non-blocking, from key exchange to the one channel with
// subsystem "netconf" (RFC 6242, section 3). Public keys only; nothing else is granted.
#pragma once

#include "agent/gate/access.h"
#include "agent/gate/ssh_keys.h"
#include "common/fd.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace agent::gate {

class SshServer {
public:
    /// Both references must outlive the object. Throws std::runtime_error.
    SshServer(fd::Fd connection, const SshIdentity& identity, const Access& access);
    ~SshServer();
    SshServer(const SshServer&) = delete;
    SshServer& operator=(const SshServer&) = delete;

    int fd() const;
    /// To be called when the descriptor is ready; never waits.
    void process();
    /// The peer does not take all that was written: wait for EPOLLOUT before writing more.
    bool pending() const;
    /// The connection is gone, or all attempts are used up.
    bool ended() const;
    /// The peer sends no more, but may still read.
    bool finished() const;

    /// Set once the subsystem is open.
    const std::optional<UserKey>& login() const;

    /// Some bytes of the channel, none if none are there.
    std::string_view read();
    /// Returns how much was taken: less than given when the peer's window is full.
    size_t write(std::string_view bytes);
    /// Bytes that the peer's TCP has acknowledged since the connection began.
    uint64_t acknowledged() const;

    void keepAlive();
    /// Ends the channel with an exit status. The connection is the peer's to end: ended() says
    /// when.
    void part(int status);
    /// End of the connection, with a reason for the peer if not empty.
    void close(const std::string& reason);

private:
    struct Session;
    std::unique_ptr<Session> session_;
};

} // namespace agent::gate
