// The services of the node that ask for a user's password, besides SSH, and the PAM services that
// they use.
#pragma once

#include "agent/prober/pam_password.h"
#include "agent/prober/probe.h"

#include <optional>
#include <string>
#include <vector>

namespace agent {

struct LoginService {
    std::string type; // identity with its module
    std::string pam; // PAM service
    std::string implementation; // telnetd, vsftpd
};
/// Console, Web, Telnet and FTP, as far as they are on the node.
std::vector<LoginService> loginServices(const Root& root, const Settings& settings);

/// What a password changed through a service must be like: by its own password rules, else those of
/// passwd(1), else by the file that distributions share among services.
struct ServicePolicy {
    PasswordPolicy policy;
    bool inferred = false;
};
ServicePolicy policyOf(
    const Root& root, const std::string& service, const PasswordSources& sources);

LoginDefs readLoginDefs(const Root& root);
/// Whether pam_unix is that of Debian or of one of its children.
bool isDebian(const Root& root);
/// A system without PAM: shadow's own passwd(1), or that of BusyBox.
bool hasPam(const Root& root);

} // namespace agent
