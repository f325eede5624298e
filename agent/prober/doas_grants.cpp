// Grants of doas.conf(5): OpenDoas 6.8.2, doas.c.
#include "agent/prober/account_line.h"
#include "agent/prober/doas_config.h"
#include "agent/prober/privilege_grants.h"
#include "agent/prober/privilege_rules.h"
#include "common/text.h"

namespace agent {

namespace {

using Kind = SudoMember::Kind;
const std::string Path = "/etc/doas.conf";

/// A name that nobody has is a number if it is one.
std::string idOrName(const std::string& word, bool named)
{
    std::string_view rest = word;
    const auto number = named || word.find(':') != word.npos ? std::nullopt : takeNumber(rest);
    return number ? "#" + std::to_string(*number) : word;
}

SudoMember userMember(const std::string& word, const Accounts& accounts)
{
    return { Kind::Word, false, idOrName(word, accounts.user(word) != nullptr) };
}

SudoMember identityMember(const std::string& identity, const Accounts& accounts)
{
    if (!identity.starts_with(':')) {
        return userMember(identity, accounts);
    }
    const std::string group = identity.substr(1);
    return { Kind::Group, false, "%" + idOrName(group, accounts.group(group) != nullptr) };
}

/// doas compares word by word: one that holds a space is told from two.
SudoMember commandMember(const DoasRule& rule)
{
    if (!rule.command) {
        return { Kind::All, false, "ALL" };
    }
    SudoMember member { Kind::Command, false, *rule.command };
    member.exact = true;
    if (rule.arguments) {
        member.arguments = "";
        for (const std::string& word : *rule.arguments) {
            const bool plain = !word.empty() && word.find_first_of(" \t\"") == word.npos;
            *member.arguments
                += (member.arguments->empty() ? "" : " ") + (plain ? word : text::quoted(word));
        }
    }
    return member;
}

/// doas refuses what others could have written. Root is who owns /etc/passwd: an image may have
/// been unpacked by somebody else.
const char* refusal(const Root& root)
{
    const auto what = root.status(Path);
    const auto owner = root.status("/etc/passwd");
    return !what                                     ? nullptr
        : (what->st_mode & (S_IWGRP | S_IWOTH)) != 0 ? "writable by group or other"
        : owner && what->st_uid != owner->st_uid     ? "not owned by root"
                                                     : nullptr;
}

} // namespace

std::vector<Grant> doasGrants(Reading& reading, const Accounts& accounts)
try { // boundary: one file
    const auto all = reading.root.readIfThere(Path);
    if (!all) {
        return {};
    }
    if (const char* why = refusal(reading.root)) {
        reading.failed(Path, "parse-error", Path + ": doas refuses it, it is " + why);
        return {};
    }
    std::vector<PrivilegeRule> rules;
    for (const DoasRule& each : parseDoas(*all)) {
        PrivilegeRule rule;
        rule.users = { { identityMember(each.identity, accounts), true } };
        rule.runAsUsers = { { each.target ? userMember(*each.target, accounts)
                                          : SudoMember { Kind::All, false, "ALL" },
            true } };
        rule.commands = { { commandMember(each), each.permit } };
        rule.noAuthentication = each.noPassword;
        rule.where = Path + ":" + std::to_string(each.line)
            + (each.keepsEnvironment ? ", with the caller's environment" : "");
        rules.push_back(std::move(rule));
    }
    const Sudoers noAliases;
    const SudoMatch match(noAliases, accounts, "");
    std::vector<Candidate> found = candidates(rules, match);
    applyLaterRules(found, rules, match);
    return grants(found, match, accounts, rules);
} catch (const ParseError& e) {
    reading.failed(Path, "parse-error", Path + ":" + e.what());
    return {};
} catch (const std::length_error& e) {
    reading.failed(Path, "truncated", Path + ": " + e.what());
    return {};
} catch (const std::exception& e) {
    reading.failed(Path, e);
    return {};
}

} // namespace agent
