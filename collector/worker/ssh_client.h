// The SSH side of a session with a node (RFC 6242): client over a socket that we connected, or that
// called home and was accepted. Nothing here ever waits; all is driven by the loop.
#pragma once

#include "common/fd.h"
#include "common/loop.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct ssh_key_struct;

namespace collector {

/// The private key by which this management system proves itself to nodes.
class ClientKey {
public:
    /// Unencrypted text of a private-key file: ed25519 or ECDSA. Throws std::runtime_error naming
    /// `name`.
    ClientKey(const std::string& text, const std::string& name);
    /// As `ssh-keygen -lf` prints it.
    std::string fingerprint() const;
    ssh_key_struct* raw() const { return key_.get(); }

private:
    struct Free {
        void operator()(ssh_key_struct* key) const noexcept;
    };
    std::unique_ptr<ssh_key_struct, Free> key_;
};

/// Does now what libraries do at first use (configuration files, random source), so that nothing is
/// opened after lock-down.
void warmSsh();

struct SshLimits {
    std::chrono::milliseconds connect { 10'000 };
    std::chrono::milliseconds keyExchange { 15'000 };
    std::chrono::milliseconds authentication { 15'000 };
    std::chrono::milliseconds channel { 10'000 };
    std::chrono::milliseconds keepalive { 30'000 }; // on a silent session; 0 for none
    unsigned unanswered = 3; // keepalives, then the session is ended
    size_t queuedOutput = 8u << 20;
};

class SshClient {
public:
    struct End {
        std::string reason;
        bool refused; // the node does not let us in, or has no key that we accept: no network fault
    };
    /// Called from the loop. The client may be destroyed in `ended` only, which is the last call.
    struct Events {
        /// The node has proved to hold this host key ("SHA256:..."). Nothing more is sent until
        /// authenticate() is called, now or later.
        std::function<void(const std::string& fingerprint, const std::string& type)> hostKey;
        std::function<void()> opened; // the subsystem: bytes can be sent
        std::function<void(std::string_view)> received;
        std::function<void(const End&)> ended;
    };

    /// `hostKeyTypes`: algorithms that are offered, by preference; empty for all good ones.
    SshClient(loop::Loop& loop, const ClientKey& key, fd::Fd socket, Events events,
        SshLimits limits = {}, const std::string& hostKeyTypes = {});
    ~SshClient();

    /// Other events from now on: a session that called home is handed to its node.
    void use(Events events);
    void authenticate(const std::string& user);
    /// Ends the session if more than the limit is then queued.
    void send(std::string_view bytes);
    /// Stops and goes on reading, for back-pressure.
    void pause(bool pausing);
    /// Ends the session: `ended` is called with that reason in the next round, unless it has ended
    /// already.
    void close(const std::string& reason, bool refused = false);

    bool open() const;
    const std::string& peer() const;

private:
    struct Hidden;
    std::unique_ptr<Hidden> hidden_;
};

} // namespace collector
