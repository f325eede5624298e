// What a stack of PAM "auth" rules does about failed attempts and empty passwords, found by running
// it in mind for each of these attempts.
#pragma once

#include "agent/prober/login_defs.h"
#include "agent/prober/pam.h"

#include <cstdint>
#include <set>
#include <string>

namespace agent {

struct LoginLimits {
    bool possible = false; // somebody with the right password gets in
    bool emptyPassword = false; // an account with an empty password gets in
    uint32_t maxFailed = 0; // 0: there is no limit
    uint32_t failInterval = 0; // seconds; 0: failures are never forgotten
    uint32_t unlockTime = 0; // seconds; 0: until an administrator unlocks
    bool root = false;
    uint32_t delay = 0; // milliseconds after a failed attempt
    std::set<std::string> evidence {};
};

/// Throws std::system_error if faillock.conf may not be read by us.
LoginLimits loginLimits(const PamStack& auth, const Root& root, const LoginDefs& defs);

/// Whether a remote root with the right password passes the rules, of "auth" or of "account".
bool admitsRoot(const PamStack& stack, const Root& root, std::set<std::string>& evidence);

} // namespace agent
