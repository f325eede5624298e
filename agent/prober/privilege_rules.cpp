#include "agent/prober/privilege_rules.h"

#include <algorithm>
#include <map>
#include <span>

namespace agent {

namespace {

using Kind = SudoMember::Kind;

constexpr size_t MaxCandidates = 20'000;
constexpr size_t MaxTold = 20; // exceptions of one grant

std::string commandText(const SudoMember& command)
{
    if (!command.arguments) {
        return command.name;
    }
    return command.name + " " + (command.arguments->empty() ? "\"\"" : *command.arguments);
}

/// Whether a member is overruled by one of those denied behind it in its list; what narrows it is
/// told.
bool overruled(const SudoMember& member, std::span<const SudoMember* const> denied,
    const SudoMatch& match, SudoMatch::Relation relation, std::vector<SudoMember>& without)
{
    for (const SudoMember* each : denied) {
        const Cover cover = (match.*relation)(*each, member);
        if (cover == Cover::All) {
            return true;
        }
        if (cover == Cover::Some) {
            without.push_back(*each);
        }
    }
    return false;
}

struct Part {
    SudoMember member;
    std::vector<SudoMember> without;
};

std::vector<Part> parts(
    const SudoLeaves& leaves, const SudoMatch& match, SudoMatch::Relation relation)
{
    std::vector<const SudoMember*> denied;
    for (const SudoLeaf& leaf : leaves) {
        if (!leaf.allow) {
            denied.push_back(&leaf.member);
        }
    }
    std::vector<Part> out;
    size_t narrowings = 0;
    std::span<const SudoMember* const> behind(denied);
    for (const SudoLeaf& leaf : leaves) {
        if (!leaf.allow) {
            behind = behind.subspan(1);
            continue;
        }
        Part part { leaf.member, {} };
        if (!overruled(leaf.member, behind, match, relation, part.without)) {
            part.member.negated = false;
            narrowings += part.without.size();
            out.push_back(std::move(part));
        }
        if (narrowings > MaxCandidates) {
            throw std::length_error("more than " + std::to_string(MaxCandidates) + " exceptions");
        }
    }
    return out;
}

std::string runAsText(const Candidate& candidate)
{
    std::string text = candidate.runAs.kind == Kind::Myself ? candidate.principal.name
        : candidate.runAs.kind == Kind::Alias               ? ""
                                                            : candidate.runAs.name;
    for (const SudoMember& left : candidate.notAs) {
        text += ",!" + left.name;
    }
    return candidate.runAsGroup ? text + ":" + candidate.runAsGroup->name : text;
}

std::string exceptions(const char* word, const std::vector<SudoMember>& without)
{
    std::string text;
    for (const SudoMember& left : std::span(without).first(std::min(without.size(), MaxTold))) {
        text += word + commandText(left);
    }
    return without.size() > MaxTold
        ? text + word + std::to_string(without.size() - MaxTold) + " more"
        : text;
}

bool runsAsRoot(const Candidate& candidate, const SudoMatch& match, const Accounts& accounts)
{
    const auto isRoot = [&](const SudoMember& member) {
        return member.name == "root" || member.name == "#0"
            || std::ranges::any_of(accounts.users(),
                [&](const User& user) { return user.uid == 0 && match.isUser(member, user); });
    };
    if (candidate.runAs.kind == Kind::All) {
        return std::ranges::none_of(candidate.notAs, isRoot);
    }
    return candidate.runAs.kind != Kind::Myself && candidate.runAs.kind != Kind::Alias
        && isRoot(candidate.runAs);
}

/// Programs that run others, or write any file, for whoever may start them with arguments of his
/// own: those with the function "sudo" in GTFOBins that a small system has.
bool handsOutShell(const SudoMember& command)
{
    static const std::set<std::string, std::less<>> Names
        = { "apt", "apt-get", "ash", "at", "awk", "bash", "busybox", "chmod", "chown", "chroot",
              "cp", "crontab", "csh", "dash", "dd", "docker", "dpkg", "ed", "emacs", "env", "fdisk",
              "find", "fish", "gawk", "gdb", "git", "insmod", "install", "ksh", "less", "ln", "lua",
              "man", "mawk", "modprobe", "more", "mount", "mv", "nano", "nmap", "node", "nsenter",
              "opkg", "passwd", "perl", "php", "python", "python2", "python3", "rpm", "rsync",
              "ruby", "runuser", "screen", "script", "sed", "setpriv", "sh", "ssh", "strace", "su",
              "sudo", "sudoedit", "systemctl", "tar", "tcsh", "tee", "tmux", "unshare", "useradd",
              "usermod", "vi", "view", "vim", "visudo", "xargs", "yum", "zsh" };
    if (command.kind == Kind::All) {
        return true;
    }
    const bool free = !command.arguments
        || (!command.exact && command.arguments->find('*') != std::string::npos);
    const bool open = !command.exact
        && (command.name.find_first_of("*?[^") != std::string::npos || command.name.ends_with('/'));
    return free && (open || Names.contains(command.name.substr(command.name.rfind('/') + 1)));
}

/// Whether a rule decides of all that a candidate covers, but for the command.
bool matches(const PrivilegeRule& rule, const Candidate& each, const SudoMatch& match)
{
    const auto allows
        = [&](const SudoLeaves& leaves, const SudoMember& member, SudoMatch::Relation relation) {
              return match.verdict(leaves, member, relation) == SudoVerdict::Allow;
          };
    if (!rule.certain || !allows(rule.users, each.principal, &SudoMatch::userCovers)) {
        return false;
    }
    if (each.runAs.kind != Kind::Alias
        && !allows(rule.runAsUsers, each.runAs, &SudoMatch::userCovers)) {
        return false;
    }
    return !each.runAsGroup || allows(rule.runAsGroups, *each.runAsGroup, &SudoMatch::groupCovers);
}

/// Whether a rule behind denies to one user what a grant gives to his group.
bool deniedLater(Candidate each, const User& user, const std::vector<PrivilegeRule>& rules,
    const SudoMatch& match)
{
    each.principal = { Kind::Word, false, user.name };
    for (size_t i = rules.size(); i-- > each.rule + 1;) {
        if (matches(rules[i], each, match)) {
            const SudoVerdict verdict
                = match.verdict(rules[i].commands, each.command, &SudoMatch::commandCovers);
            if (verdict != SudoVerdict::None) {
                return verdict == SudoVerdict::Deny;
            }
        }
    }
    return false;
}

} // namespace

std::vector<Candidate> candidates(const std::vector<PrivilegeRule>& rules, const SudoMatch& match)
{
    std::vector<Candidate> out;
    for (size_t i = 0; i < rules.size(); ++i) {
        const PrivilegeRule& rule = rules[i];
        auto users = parts(rule.runAsUsers, match, &SudoMatch::userCovers);
        std::vector<std::optional<SudoMember>> groups;
        for (const Part& group : parts(rule.runAsGroups, match, &SudoMatch::groupCovers)) {
            groups.emplace_back(group.member);
        }
        if (rule.runAsUsers.empty() && !groups.empty()) {
            users.push_back({ { Kind::Alias }, {} });
        }
        if (groups.empty()) {
            groups.emplace_back();
        }
        const auto commands = parts(rule.commands, match, &SudoMatch::commandCovers);
        for (const Part& principal : parts(rule.users, match, &SudoMatch::userCovers)) {
            for (const Part& user : users) {
                for (const auto& group : groups) {
                    for (const Part& command : commands) {
                        Candidate each { i, principal.member, user.member, user.without, group,
                            command.member, rule.noAuthentication.value_or(false), {}, false };
                        std::string note = rule.where;
                        note += exceptions(", not for ", principal.without);
                        note += exceptions(", not ", command.without);
                        note += command.member.hasDigest ? ", only with a digest" : "";
                        note += rule.certain ? "" : ", if the host is meant";
                        each.evidence.insert(std::move(note));
                        out.push_back(std::move(each));
                        if (out.size() > MaxCandidates) {
                            throw std::length_error(
                                "more than " + std::to_string(MaxCandidates) + " grants");
                        }
                    }
                }
            }
        }
    }
    return out;
}

void applyLaterRules(
    std::vector<Candidate>& all, const std::vector<PrivilegeRule>& rules, const SudoMatch& match)
{
    std::erase_if(all, [&](Candidate& each) {
        for (size_t i = rules.size(); i-- > each.rule + 1;) {
            if (!matches(rules[i], each, match)) {
                continue;
            }
            const SudoVerdict verdict
                = match.verdict(rules[i].commands, each.command, &SudoMatch::commandCovers);
            if (verdict == SudoVerdict::Deny) {
                return true;
            }
            if (verdict == SudoVerdict::Allow) {
                each.rule = i;
                each.noAuthentication = rules[i].noAuthentication.value_or(false);
                each.evidence.insert(rules[i].where);
                return false;
            }
        }
        return false;
    });
}

std::vector<Grant> grants(const std::vector<Candidate>& all, const SudoMatch& match,
    const Accounts& accounts, const std::vector<PrivilegeRule>& rules)
{
    std::map<std::pair<Kind, std::string>, std::vector<size_t>> known;
    const auto usersOf = [&](const SudoMember& member) -> const std::vector<size_t>& {
        const auto [found, fresh] = known.try_emplace({ member.kind, member.name });
        for (size_t i = 0; fresh && i < accounts.users().size(); ++i) {
            if (match.isUser(member, accounts.users()[i])) {
                found->second.push_back(i);
            }
        }
        return found->second;
    };
    size_t lastDenying = 0;
    for (size_t i = 0; i < rules.size(); ++i) {
        if (!std::ranges::all_of(rules[i].commands, &SudoLeaf::allow)) {
            lastDenying = i;
        }
    }
    std::map<std::tuple<std::string, std::string, std::string>, Grant> byKey;
    for (const Candidate& each : all) {
        const std::string runAs = runAsText(each);
        const std::string command = commandText(each.command);
        Grant& grant = byKey[{ each.principal.name, runAs, command }];
        grant.principal = each.principal.name;
        grant.runAs = runAs;
        grant.command = command;
        // Rules with the same key cover one another, but for what a digest or the host leaves open.
        grant.noAuthentication = grant.noAuthentication || each.noAuthentication;
        grant.evidence.insert(each.evidence.begin(), each.evidence.end());
        grant.givesRoot
            = grant.givesRoot || (runsAsRoot(each, match, accounts) && handsOutShell(each.command));
        const SudoLeaves& meant = rules[each.rule].users;
        const bool unbarred = std::ranges::all_of(meant, &SudoLeaf::allow);
        for (const size_t i : usersOf(each.principal)) {
            const User& user = accounts.users()[i];
            const SudoMember self { Kind::Word, false, user.name };
            const bool barred = !unbarred
                && match.verdict(meant, self, &SudoMatch::userCovers) == SudoVerdict::Deny;
            if (!barred && (each.rule >= lastDenying || !deniedLater(each, user, rules, match))) {
                grant.users.insert(i);
            }
        }
    }
    std::vector<Grant> out;
    out.reserve(byKey.size());
    for (auto& [key, grant] : byKey) {
        out.push_back(std::move(grant));
    }
    return out;
}

} // namespace agent
