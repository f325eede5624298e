#include "agent/prober/sudo_match.h"

#include "common/text.h"

#include <algorithm>
#include <fnmatch.h>

namespace agent {

namespace {

using Kind = SudoMember::Kind;

constexpr size_t MaxLeaves = 20'000; // of one list
constexpr size_t MaxMembers = 500'000; // of all lists, in aliases counted each time
constexpr size_t MaxDepth = 200; // of aliases in aliases
constexpr size_t MaxComparisons = 20'000'000;

bool isPattern(std::string_view text)
{
    return text.find_first_of("*?[\\") != text.npos;
}

/// "%#1000" and "#1000" are numbers, anything else is a name.
std::optional<uint32_t> idOf(std::string_view name)
{
    return name.starts_with('#') ? text::number<uint32_t>(name.substr(1)) : std::nullopt;
}

std::string_view withoutPercent(std::string_view name)
{
    return name.substr(name.starts_with('%') ? 1 : 0);
}

} // namespace

SudoLeaves SudoMatch::flat(const SudoMembers& members, SudoAlias::Kind kind) const
{
    SudoLeaves out;
    std::vector<std::string> open;
    flat(members, kind, false, open, out);
    return out;
}

void SudoMatch::flat(const SudoMembers& members, SudoAlias::Kind kind, bool turned,
    std::vector<std::string>& open, SudoLeaves& out) const
{
    if (open.size() > MaxDepth) {
        throw std::length_error(
            "aliases in aliases, deeper than " + std::to_string(MaxDepth) + " of them");
    }
    for (const SudoMember& member : members) {
        if (++members_ > MaxMembers) {
            throw std::length_error(
                "more than " + std::to_string(MaxMembers) + " members in all lists");
        }
        const bool allow = member.negated == turned;
        const auto alias = member.kind == Kind::Alias ? sudoers_.aliases.find({ kind, member.name })
                                                      : sudoers_.aliases.end();
        // An alias inside itself is none (alias_get() of sudo).
        const bool loops = std::ranges::find(open, member.name) != open.end();
        if (alias != sudoers_.aliases.end() && !loops) {
            open.push_back(member.name);
            flat(alias->second, kind, !allow, open, out);
            open.pop_back();
        } else if (member.kind != Kind::Alias) {
            out.push_back({ member, allow });
        } else if (kind != SudoAlias::Kind::Command) { // then it is a name in capitals
            out.push_back({ { Kind::Word, member.negated, member.name }, allow });
        }
        if (out.size() > MaxLeaves) {
            throw std::length_error(
                "more than " + std::to_string(MaxLeaves) + " members in a list");
        }
    }
}

const User* SudoMatch::userOf(const SudoMember& member) const
{
    const auto uid = idOf(member.name);
    return uid ? accounts_.user(*uid) : accounts_.user(member.name);
}

bool SudoMatch::sameGroup(const std::string& a, const std::string& b) const
{
    const auto gidOf = [&](std::string_view name) -> std::optional<uint32_t> {
        const auto number = idOf(name);
        const Group* group = number ? nullptr : accounts_.group(name);
        return number ? number : group ? std::optional(group->gid) : std::nullopt;
    };
    const auto left = gidOf(withoutPercent(a));
    return withoutPercent(a) == withoutPercent(b) || (left && left == gidOf(withoutPercent(b)));
}

bool SudoMatch::isUser(const SudoMember& member, const User& user) const
{
    if (member.kind == Kind::All) {
        return true;
    }
    if (member.kind == Kind::Word) {
        const auto uid = idOf(member.name);
        return uid ? *uid == user.uid : member.name == user.name;
    }
    if (member.kind != Kind::Group) {
        return false;
    }
    const std::string_view name = withoutPercent(member.name);
    const auto gid = idOf(name);
    const Group* group = gid ? nullptr : accounts_.group(name);
    return gid ? accounts_.isMember(user, *gid) : group && accounts_.isMember(user, group->gid);
}

void SudoMatch::compared() const
{
    if (++comparisons_ > MaxComparisons) {
        throw std::length_error("too many rules to compare");
    }
}

Cover SudoMatch::userCovers(const SudoMember& wide, const SudoMember& narrow) const
{
    compared();
    if (wide.kind == Kind::All || (wide.kind == narrow.kind && wide.name == narrow.name)) {
        return Cover::All;
    }
    if (wide.kind == Kind::Group && narrow.kind == Kind::Group
        && sameGroup(wide.name, narrow.name)) {
        return Cover::All;
    }
    const bool named = !wide.name.starts_with('#') && !narrow.name.starts_with('#');
    if (named && wide.kind == Kind::Word && narrow.kind == Kind::Word) {
        return Cover::None;
    }
    if (narrow.kind == Kind::Word && wide.kind != Kind::Netgroup) {
        const User* user = userOf(narrow);
        return user && isUser(wide, *user) ? Cover::All : Cover::None;
    }
    if (narrow.kind == Kind::Group && wide.kind == Kind::Word) {
        const User* user = userOf(wide);
        return user && isUser(narrow, *user) ? Cover::Some : Cover::None;
    }
    return wide.kind == Kind::Myself || narrow.kind == Kind::Myself ? Cover::None : Cover::Some;
}

Cover SudoMatch::groupCovers(const SudoMember& wide, const SudoMember& narrow) const
{
    compared();
    if (wide.kind == Kind::All || sameGroup(wide.name, narrow.name)) {
        return Cover::All;
    }
    return narrow.kind == Kind::All ? Cover::Some : Cover::None;
}

Cover SudoMatch::commandCovers(const SudoMember& wide, const SudoMember& narrow) const
{
    compared();
    if (wide.hasDigest && !(wide == narrow)) {
        return Cover::Some;
    }
    if (wide.kind == Kind::All) {
        return Cover::All;
    }
    if (narrow.kind == Kind::All) {
        return Cover::Some;
    }
    bool path = wide.name == narrow.name;
    if (wide.exact) {
        return !path || (wide.arguments && narrow.arguments && wide.arguments != narrow.arguments)
            ? Cover::None
            : !wide.arguments || narrow.arguments ? Cover::All
                                                  : Cover::Some;
    }
    const bool regular = wide.name.starts_with('^') || narrow.name.starts_with('^');
    if (!path && regular) {
        return Cover::Some;
    }
    if (!path && isPattern(narrow.name)) {
        return ::fnmatch(narrow.name.c_str(), wide.name.c_str(), FNM_PATHNAME) == 0
                || isPattern(wide.name)
            ? Cover::Some
            : Cover::None;
    }
    const std::string_view folder(narrow.name.data(), narrow.name.rfind('/') + 1);
    path = path || (wide.name.ends_with('/') && wide.name == folder)
        || (isPattern(wide.name)
            && ::fnmatch(wide.name.c_str(), narrow.name.c_str(), FNM_PATHNAME) == 0);
    if (!path) {
        return narrow.name.ends_with('/') && wide.name.starts_with(narrow.name) ? Cover::Some
                                                                                : Cover::None;
    }
    if (!wide.arguments || wide.arguments == narrow.arguments) {
        return Cover::All;
    }
    if (!narrow.arguments || wide.arguments->starts_with('^') || narrow.arguments->starts_with('^')
        || isPattern(*narrow.arguments)) {
        return Cover::Some;
    }
    return ::fnmatch(wide.arguments->c_str(), narrow.arguments->c_str(), 0) == 0 ? Cover::All
                                                                                 : Cover::None;
}

SudoVerdict SudoMatch::verdict(
    const SudoLeaves& leaves, const SudoMember& narrow, Relation relation) const
{
    for (auto at = leaves.rbegin(); at != leaves.rend(); ++at) {
        const SudoLeaf& leaf = *at;
        const Cover cover = (this->*relation)(leaf.member, narrow);
        if (cover == Cover::All) {
            return leaf.allow ? SudoVerdict::Allow : SudoVerdict::Deny;
        }
        // A command that is denied leaves the rest of what is allowed to be decided further on; of
        // users, some would not be meant.
        if (cover == Cover::Some && !leaf.allow && relation != &SudoMatch::commandCovers) {
            return SudoVerdict::None;
        }
    }
    return SudoVerdict::None;
}

SudoVerdict SudoMatch::host(const SudoLeaves& leaves) const
{
    const std::string brief = host_.substr(0, host_.find('.'));
    bool open = false;
    for (auto at = leaves.rbegin(); at != leaves.rend(); ++at) {
        const SudoLeaf& leaf = *at;
        bool match = leaf.member.kind == Kind::All;
        if (leaf.member.kind == Kind::Word && !host_.empty()) {
            const std::string pattern = text::lower(leaf.member.name);
            const std::string& name = pattern.find('.') == pattern.npos ? brief : host_;
            match = ::fnmatch(pattern.c_str(), text::lower(name).c_str(), 0) == 0
                || text::equalsIgnoringCase(pattern, host_) || pattern == "localhost";
        } else if (leaf.member.kind != Kind::All) {
            open = open || leaf.allow;
        }
        if (match) {
            return leaf.allow ? SudoVerdict::Allow : open ? SudoVerdict::None : SudoVerdict::Deny;
        }
    }
    return open ? SudoVerdict::None : SudoVerdict::Deny;
}

} // namespace agent
