// Settings of pam_faillock as one of its rules has them in force: faillock.conf(5),
// pam_faillock(8). Linux-PAM 1.5.2, modules/pam_faillock. Those of pam_tally2 and pam_tally too.
#pragma once

#include "agent/prober/pam.h"

#include <cstdint>
#include <string>

namespace agent {

struct Faillock {
    enum class Act { Preauth, Authfail, Authsucc, Tally };
    Act act = Act::Preauth;
    bool broken = false; // the module fails whatever is tried: its file is not there or too long
    uint32_t deny = 3; // 0: never locks
    uint32_t failInterval = 900;
    uint32_t unlockTime = 600; // 0: until an administrator unlocks
    bool root = false; // root is locked too
    bool delay = true; // asks for two seconds of delay
    std::string denyWhere = "pam_faillock default";
    std::string unlockWhere = "pam_faillock default";
    std::string path = "/etc/security/faillock.conf";
};

/// `text` is that of the file in force, or nothing if there is none.
Faillock parseFaillock(const std::optional<std::string>& text, const PamRule& rule);
/// Throws std::system_error if the file may not be read by us.
Faillock readFaillock(const Root& root, const PamRule& rule);
/// pam_tally2(8) of Linux-PAM 1.3 has arguments only.
Faillock tally(const PamRule& rule);

} // namespace agent
