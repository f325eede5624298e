// Lists of sudoers(5) without aliases, and whether a member of one list covers a member of another.
// sudo looks at a list from its end: the first member that matches decides (match.c).
#pragma once

#include "agent/prober/account_database.h"
#include "agent/prober/sudoers.h"

namespace agent {

struct SudoLeaf {
    SudoMember member;
    bool allow = true;
};
using SudoLeaves = std::vector<SudoLeaf>;

/// What a list says of something.
enum class SudoVerdict { Allow, Deny, None };

/// How two members are related: the first matches all that the second does, some of it, or none.
enum class Cover { All, Some, None };

/// What it is asked in all is bounded: rules that would take too long, or too much memory, make it
/// throw std::length_error.
class SudoMatch {
public:
    SudoMatch(const Sudoers& sudoers, const Accounts& accounts, std::string host)
        : sudoers_(sudoers)
        , accounts_(accounts)
        , host_(std::move(host))
    {
    }

    /// Aliases expanded; their negation turns what they hold.
    SudoLeaves flat(const SudoMembers& members, SudoAlias::Kind kind) const;

    bool isUser(const SudoMember& member, const User& user) const;
    Cover userCovers(const SudoMember& wide, const SudoMember& narrow) const;
    Cover commandCovers(const SudoMember& wide, const SudoMember& narrow) const;
    Cover groupCovers(const SudoMember& wide, const SudoMember& narrow) const;

    using Relation = Cover (SudoMatch::*)(const SudoMember&, const SudoMember&) const;
    /// What a list says of all that a member matches; None where it says it of a part only.
    SudoVerdict verdict(
        const SudoLeaves& leaves, const SudoMember& narrow, Relation relation) const;

    /// Allow or Deny for this node, None if the node's addresses, or a netgroup, would decide.
    SudoVerdict host(const SudoLeaves& leaves) const;

private:
    void flat(const SudoMembers& members, SudoAlias::Kind kind, bool turned,
        std::vector<std::string>& open, SudoLeaves& out) const;
    void compared() const;
    const User* userOf(const SudoMember& member) const;
    bool sameGroup(const std::string& a, const std::string& b) const;

    const Sudoers& sudoers_;
    const Accounts& accounts_;
    std::string host_;
    mutable size_t comparisons_ = 0;
    mutable size_t members_ = 0;
};

} // namespace agent
