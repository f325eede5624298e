// Host keys by libssh: made, read, and set up for offering.
#pragma once

#include <memory>
#include <string>
#include <vector>

struct ssh_bind_struct;

namespace agent::gate {

/// A new private key as text, for a file name that ends in _ecdsa (P-256) or _ed25519. Throws
/// std::runtime_error for another name.
std::string generateHostKey(const std::string& file);

/// The host keys of the agent, with what else every SSH server of ours has in common: algorithms,
/// no configuration files.
class SshIdentity {
public:
    /// Private keys in order of preference; the first of a type counts. Throws std::runtime_error,
    /// naming no secret.
    explicit SshIdentity(const std::vector<std::string>& privateKeys);

    ssh_bind_struct* raw() const { return bind_.get(); }
    /// "ssh-ed25519 SHA256:..." of each key that is offered.
    const std::vector<std::string>& fingerprints() const { return fingerprints_; }

private:
    struct Free {
        void operator()(ssh_bind_struct* bind) const noexcept;
    };
    std::unique_ptr<ssh_bind_struct, Free> bind_;
    std::vector<std::string> fingerprints_;
};

} // namespace agent::gate
