// Settings of libpwquality as pam_pwquality has them in force: pwquality.conf(5). Version 1.4.5,
// src/settings.c and src/check.c. The same type carries those of pam_cracklib and pam_passwdqc.
#pragma once

#include "agent/prober/pam.h"

#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// A number and where it comes from.
struct Setting {
    int value = 0;
    std::string where; // "/etc/security/pwquality.conf:3", "pam_pwquality.so at FILE:LINE"
};

struct Pwquality {
    Setting minLength;
    Setting digitCredit, upperCredit, lowerCredit, otherCredit;
    Setting minClasses;
    Setting dictionary, username;
    Setting enforcing, enforceForRoot, localUsersOnly;
    std::vector<std::string> remarks; // what of the files is not read, and why

    /// Length of the shortest password that passes all the rules on length, credits and classes.
    int shortest() const;
    /// Characters of a class that are required: what a negative credit says.
    static int required(const Setting& credit) { return credit.value < 0 ? -credit.value : 0; }
    /// Classes required, by minclass or by negative credits.
    int classes() const;
};

struct PwqualityFile {
    std::string path;
    std::string text;
};

/// `files` in the order in which the library reads them: drop-ins by name, then the main file.
Pwquality parsePwquality(const std::vector<PwqualityFile>& files,
    const std::vector<std::string>& arguments, const std::string& where);

/// What the rule with pam_pwquality has in force. Throws std::system_error if a file may not be
/// read by us.
Pwquality readPwquality(const Root& root, const PamRule& rule);

} // namespace agent
