// Rights to run something as somebody else, as they hold after all rules: sudoers(5), doas.conf(5).
// In both the last rule that matches a request decides.
#pragma once

#include "agent/prober/account_database.h"
#include "agent/prober/sudoers.h"

#include <set>
#include <string>
#include <vector>

namespace agent {

struct Grant {
    std::string principal; // as the YANG leaf describes it
    std::string runAs;
    std::string command;
    bool noAuthentication = false;
    std::set<std::string> evidence {};
    bool givesRoot = false; // run as uid 0, and something that a shell can be had from
    /// Indices into Accounts::users() of those who have it.
    std::set<size_t> users {};
};

/// Grants of /etc/sudoers. Throws std::length_error if there are too many.
std::vector<Grant> sudoGrants(const Sudoers& sudoers, const Accounts& accounts, const Root& root);
/// Grants of /etc/doas.conf. What cannot be read, or what doas refuses, is a failure of `reading`.
std::vector<Grant> doasGrants(Reading& reading, const Accounts& accounts);
/// What gives root among the grants of polkit(8), if that is on the node. Rules that are not
/// decided here are failures of `reading`.
std::vector<Grant> polkitGrants(Reading& reading, const Accounts& accounts);

} // namespace agent
