// Rules of sudoers(5) and doas.conf(5) in one form, and the grants that are left of them: the last
// rule that matches a request decides.
#pragma once

#include "agent/prober/privilege_grants.h"
#include "agent/prober/sudo_match.h"

namespace agent {

struct PrivilegeRule {
    SudoLeaves users;
    bool certain = true; // it holds on this node; false if only the network would tell
    SudoLeaves runAsUsers; // none, and no groups: the default user
    SudoLeaves runAsGroups;
    SudoLeaves commands;
    std::optional<bool> noAuthentication {}; // nothing: the defaults decide
    std::string where;
};

/// A right while it is being worked out.
struct Candidate {
    size_t rule = 0;
    SudoMember principal;
    SudoMember runAs; // Kind::Alias if only the group is changed
    std::vector<SudoMember> notAs; // users that `runAs` leaves out
    std::optional<SudoMember> runAsGroup;
    SudoMember command;
    bool noAuthentication = false;
    std::set<std::string> evidence;
    bool refined = false; // a part of another one, for which a setting asks no password
};

/// Throws std::length_error if there are too many.
std::vector<Candidate> candidates(const std::vector<PrivilegeRule>& rules, const SudoMatch& match);

/// Leaves out what later rules deny, and sets what they say of authentication.
void applyLaterRules(
    std::vector<Candidate>& all, const std::vector<PrivilegeRule>& rules, const SudoMatch& match);

/// One grant for each principal, run-as and command.
std::vector<Grant> grants(const std::vector<Candidate>& all, const SudoMatch& match,
    const Accounts& accounts, const std::vector<PrivilegeRule>& rules);

} // namespace agent
