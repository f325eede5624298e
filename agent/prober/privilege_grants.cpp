#include "agent/prober/privilege_grants.h"

#include "agent/prober/privilege_rules.h"

#include <algorithm>
#include <chrono>
#include <ctime>

namespace agent {

namespace {

using Kind = SudoMember::Kind;
using AliasKind = SudoAlias::Kind;
using Scope = SudoDefault::Scope;

/// Now as the first fourteen digits of generalized time, which NOTBEFORE and NOTAFTER are.
std::string generalizedNow()
{
    const std::time_t now = std::time(nullptr);
    std::tm parts {};
    ::gmtime_r(&now, &parts);
    char text[32];
    return std::string(text, std::strftime(text, sizeof text, "%Y%m%d%H%M%S", &parts));
}

bool inForce(const SudoCommand& command, const std::string& now)
{
    const auto digits = [](const std::string& time) { return (time + "000000").substr(0, 14); };
    return (command.notBefore.empty() || digits(command.notBefore) <= now)
        && (command.notAfter.empty() || digits(command.notAfter) >= now);
}

/// Defaults that say whether a password is asked, in the order in which sudo applies them:
/// settings for all, hosts and users as they come, then those for run-as users, then for commands.
class Defaults {
public:
    Defaults(const Sudoers& sudoers, const SudoMatch& match)
    {
        for (const Sudoers::Setting& setting : sudoers.defaults) {
            const SudoDefault& what = setting.what;
            const bool here = what.scope != Scope::Host
                || match.host(match.flat(what.binding, AliasKind::Host)) == SudoVerdict::Allow;
            if (!here) {
                continue;
            }
            if (what.name == "authenticate") {
                settings_.push_back({ what.scope, what.operation == '!',
                    match.flat(what.binding,
                        what.scope == Scope::RunAs         ? AliasKind::RunAs
                            : what.scope == Scope::Command ? AliasKind::Command
                                                           : AliasKind::User),
                    setting.where });
            } else if (what.name == "exempt_group" && what.scope != Scope::User) {
                exempt_ = what.operation == '=' ? what.value : "";
            } else if (what.name == "runas_default" && what.operation == '=') {
                runAs_ = what.value;
            } else if (what.name == "targetpw" || what.name == "rootpw") {
                otherPassword_ = what.operation != '!';
            }
        }
        std::ranges::stable_sort(settings_, {}, [](const Setting& setting) {
            return setting.scope == Scope::Command ? 2 : setting.scope == Scope::RunAs ? 1 : 0;
        });
    }

    const std::string& runAs() const { return runAs_; }
    /// The password that is asked is not the caller's own: the grant alone gives him nothing.
    bool otherPassword() const { return otherPassword_; }

    /// Grants that a setting makes different for a part of what a candidate covers.
    std::vector<Candidate> refined(const Candidate& each, const SudoMatch& match) const
    {
        std::vector<Candidate> out;
        const auto add = [&](SudoMember Candidate::*part, const SudoMember& member,
                             SudoMatch::Relation relation, const std::string& where) {
            const bool narrower = (match.*relation)(each.*part, member) == Cover::All
                && (match.*relation)(member, each.*part) != Cover::All;
            if (narrower) {
                Candidate copy = each;
                copy.*part = member;
                copy.evidence.insert(where);
                copy.refined = true;
                out.push_back(std::move(copy));
            }
        };
        for (const Setting& setting : settings_) {
            for (const SudoLeaf& leaf : setting.binding) {
                if (!leaf.allow || setting.scope == Scope::All || setting.scope == Scope::Host) {
                    continue;
                }
                if (setting.scope == Scope::User) {
                    add(&Candidate::principal, leaf.member, &SudoMatch::userCovers, setting.where);
                } else if (setting.scope == Scope::RunAs) {
                    add(&Candidate::runAs, leaf.member, &SudoMatch::userCovers, setting.where);
                } else {
                    add(&Candidate::command, leaf.member, &SudoMatch::commandCovers, setting.where);
                }
            }
        }
        if (!exempt_.empty()) {
            add(&Candidate::principal, { Kind::Group, false, "%" + exempt_ },
                &SudoMatch::userCovers, "Defaults exempt_group");
        }
        return out;
    }

    void apply(Candidate& each, std::optional<bool> tag, const SudoMatch& match) const
    {
        bool asks = true;
        for (const Setting& setting : settings_) {
            const auto holds = [&](const SudoMember& member, SudoMatch::Relation relation) {
                return match.verdict(setting.binding, member, relation) == SudoVerdict::Allow;
            };
            const bool meant = setting.scope == Scope::User
                ? holds(each.principal, &SudoMatch::userCovers)
                : setting.scope == Scope::RunAs   ? holds(each.runAs, &SudoMatch::userCovers)
                : setting.scope == Scope::Command ? holds(each.command, &SudoMatch::commandCovers)
                                                  : true;
            if (meant) {
                asks = !setting.off;
                if (setting.off && !tag) {
                    each.evidence.insert(setting.where);
                }
            }
        }
        each.noAuthentication = tag.value_or(!asks);
        const SudoMember exempt { Kind::Group, false, "%" + exempt_ };
        if (!exempt_.empty() && match.userCovers(exempt, each.principal) == Cover::All) {
            each.noAuthentication = true;
        }
    }

private:
    struct Setting {
        Scope scope;
        bool off;
        SudoLeaves binding;
        std::string where;
    };
    std::vector<Setting> settings_;
    std::string exempt_;
    std::string runAs_ = "root";
    bool otherPassword_ = false;
};

std::vector<PrivilegeRule> rulesOf(
    const Sudoers& sudoers, const SudoMatch& match, const std::string& runAsDefault)
{
    const std::string now = generalizedNow();
    std::vector<PrivilegeRule> rules;
    for (const Sudoers::Spec& spec : sudoers.specs) {
        const SudoLeaves users = match.flat(spec.what.users, AliasKind::User);
        for (const SudoPrivilege& privilege : spec.what.privileges) {
            const SudoVerdict host = match.host(match.flat(privilege.hosts, AliasKind::Host));
            if (host == SudoVerdict::Deny) {
                continue;
            }
            for (const SudoCommand& command : privilege.commands) {
                if (!inForce(command, now)) {
                    continue;
                }
                PrivilegeRule rule;
                rule.users = users;
                rule.certain = host == SudoVerdict::Allow;
                if (command.runAsUsers) {
                    rule.runAsUsers = match.flat(*command.runAsUsers, AliasKind::RunAs);
                }
                if (command.runAsGroups) {
                    rule.runAsGroups = match.flat(*command.runAsGroups, AliasKind::RunAs);
                }
                if (!command.runAsUsers && !command.runAsGroups) {
                    rule.runAsUsers = { { { Kind::Word, false, runAsDefault }, true } };
                }
                rule.commands = match.flat({ command.command }, AliasKind::Command);
                rule.noAuthentication = command.noPassword;
                rule.where = spec.file + ":" + std::to_string(command.line);
                rules.push_back(std::move(rule));
            }
        }
    }
    return rules;
}

} // namespace

std::vector<Grant> sudoGrants(const Sudoers& sudoers, const Accounts& accounts, const Root& root)
{
    const SudoMatch match(sudoers, accounts, hostName(root));
    const Defaults defaults(sudoers, match);
    const std::vector<PrivilegeRule> rules = rulesOf(sudoers, match, defaults.runAs());
    std::vector<Candidate> all = candidates(rules, match);
    const size_t plain = all.size();
    for (size_t i = 0; i < plain; ++i) {
        for (Candidate& refined : defaults.refined(all[i], match)) {
            all.push_back(std::move(refined));
        }
    }
    applyLaterRules(all, rules, match);
    for (Candidate& each : all) {
        defaults.apply(each, rules[each.rule].noAuthentication, match);
    }
    std::erase_if(
        all, [](const Candidate& each) { return each.refined && !each.noAuthentication; });
    std::vector<Grant> out = grants(all, match, accounts, rules);
    for (Grant& grant : out) {
        if (defaults.otherPassword() && !grant.noAuthentication) {
            grant.givesRoot = false;
            grant.evidence.insert("the password of the target user is asked");
        }
    }
    return out;
}

} // namespace agent
