// What single modules in a "password" stack demand.
#pragma once

#include "agent/prober/pam_password.h"

namespace agent {

/// What one rule demands. A module that never refuses has `refuses` false.
struct Demand {
    bool refuses = false;
    bool quality = false; // a module for quality, not only pam_unix or pam_pwhistory
    bool root = false;
    int minLength = 0;
    int minClasses = 0, minUpper = 0, minLower = 0, minDigit = 0, minSpecial = 0;
    int history = 0;
    bool dictionary = false, username = false;
    std::set<std::string> evidence {};
};

bool isQualityModule(const std::string& module);
/// Modules that store a new password.
bool isStore(const std::string& module);

/// Throws std::system_error if a file of the module may not be read, ParseError.
Demand demandOf(const PamRule& rule, const PasswordSources& sources);

} // namespace agent
