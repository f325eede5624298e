// pam_access(8) and access.conf(5): who may log in from where. Linux-PAM 1.5.2, pam_access.c.
#pragma once

#include "agent/prober/pam.h"

#include <set>

namespace agent {

/// One who logs in from afar.
struct AccessQuery {
    std::string user;
    std::set<std::string> groups;
    std::string host; // name of the node itself
    std::string origin; // address or name that PAM_RHOST has, or a netgroup of hosts: "@name"
    std::string netgroup {}; // that the user is in, "@name"; who is in one is not known here
};

struct AccessOptions {
    std::string fieldSeparators = ":";
    std::string listSeparators = ", \t";
    bool groupsInParentheses = false; // only a name in parentheses is one of a group
};

/// What a file says: nothing if no line matches.
std::optional<bool> accessVerdict(
    std::string_view all, const AccessQuery& query, const AccessOptions& options);

struct AccessForRoot {
    bool anywhere = false; // from where no line names
    std::set<std::string> origins {}; // that lines name, and from where root gets in
    std::set<std::string> netgroups {}; // of users: if root is in one, it gets in anywhere
    std::string where {}; // files
};

/// Throws std::system_error for a file that may not be read.
AccessForRoot accessForRoot(const PamRule& rule, const Root& root);

} // namespace agent
