// What a stack of PAM "password" rules demands of a new password, found by running it in mind: a
// module counts only if a password that it refuses is not stored all the same.
#pragma once

#include "agent/prober/login_defs.h"
#include "agent/prober/pam.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>

namespace agent {

struct PasswordPolicy {
    bool changeable = false; // some password can be set through this stack
    bool enforced = false;
    int minLength = 1; // an empty password is always refused
    int minClasses = 0, minUpper = 0, minLower = 0, minDigit = 0, minSpecial = 0;
    int history = 0;
    bool dictionary = false, username = false, enforcedForRoot = false;
    std::string hashScheme = "unknown";
    std::set<std::string> evidence {};
    /// Sources of single values that could not be read; those leaves are not known.
    std::vector<Reading::Failure> failures {};
};

/// Settings of the system that the modules read besides their arguments.
struct PasswordSources {
    const Root& root;
    LoginDefs defs;
    bool debian = true; // pam_unix of Debian: at least 6 characters unless minlen says otherwise
};

PasswordPolicy passwordPolicy(const PamStack& stack, const PasswordSources& sources);

/// Scheme with which the rule with pam_unix hashes, and where that is said.
std::pair<std::string, std::string> hashScheme(const PamRule& rule, const LoginDefs& defs);

} // namespace agent
