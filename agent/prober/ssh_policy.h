// How logging in over SSH is restricted, over all its servers and Match blocks: the weakest that
// somebody can meet, and what holds under which condition.
#pragma once

#include "agent/prober/pam_auth.h"
#include "agent/prober/ssh_daemons.h"
#include "agent/prober/sshd_access.h"

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace agent {

struct SshScope {
    std::string condition {};
    std::optional<RootLogin> root {};
    std::optional<bool> emptyPassword {};
    std::optional<uint32_t> maxAuthTries {};
    std::set<std::string> methods {};
    std::set<std::string> evidence {};
};

struct SshPolicy {
    SshScope all; // without a condition
    std::optional<uint32_t> loginGrace {}, idleTimeout {};
    std::optional<LoginLimits> limits {}; // nothing if no password is taken, or if it is not known
    std::string confidence = "declared";
    std::vector<SshScope> scopes {};
};

/// Nothing if there is no SSH server. What could not be understood goes to `reading`.
std::optional<SshPolicy> sshPolicy(
    Reading& reading, const SshDaemons& daemons, const LoginDefs& defs);

} // namespace agent
