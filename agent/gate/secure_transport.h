// What a session needs of the protocol that protects NETCONF: one connection, non-blocking, from
// its first byte to an authenticated user and then the bytes of NETCONF (RFC 6241, section 2).
#pragma once

#include "agent/gate/access.h"

#include <optional>
#include <string>
#include <string_view>

struct tcp_info;

namespace agent::gate {

class SecureTransport {
public:
    SecureTransport() = default;
    virtual ~SecureTransport() = default;
    SecureTransport(const SecureTransport&) = delete;
    SecureTransport& operator=(const SecureTransport&) = delete;

    virtual int fd() const = 0;
    /// To be called when the descriptor is ready; never waits.
    virtual void process() = 0;
    /// Whether to wait for bytes of the peer, if what NETCONF says in them is `wanted` or not.
    virtual bool listens(bool wanted) const = 0;
    /// The peer does not take all that was written: wait for EPOLLOUT before writing more.
    virtual bool pending() const = 0;
    /// The connection is gone, or of no more use.
    virtual bool ended() const = 0;
    /// Why, for the log; empty if it is the ordinary end.
    virtual std::string failure() const = 0;
    /// The leaf of agent-access/limits that made it so; empty if none did.
    virtual const char* limit() const { return ""; }
    /// The peer sends no more, but may still read.
    virtual bool finished() const = 0;

    /// Set once NETCONF may begin.
    virtual const std::optional<Login>& login() const = 0;

    /// Some bytes of NETCONF, none if none are there.
    virtual std::string_view read() = 0;
    /// Returns how much was taken: less than given when the peer's window is full. What was not
    /// taken must come first the next time.
    virtual size_t write(std::string_view bytes) = 0;

    /// Asks the peer for a sign of life. False if this protocol cannot, and the kernel does.
    virtual bool keepAlive() = 0;
    /// Says that this was all, with an exit status where there is one. The connection is the
    /// peer's to end: ended() says when.
    virtual void part(int status) = 0;
    /// End of the connection, with a reason for the peer where one can be given.
    virtual void close(const std::string& reason) = 0;

    /// Bytes that the peer's TCP has acknowledged since the connection began.
    uint64_t acknowledged() const;
    /// Bytes that have come from it.
    uint64_t received() const;

protected:
    /// Closing a connection whose input was not read resets it, and what the peer has not read of
    /// ours is lost: takes what still comes, for a moment.
    static void hearOut(int connection);

private:
    tcp_info information() const;
};

} // namespace agent::gate
