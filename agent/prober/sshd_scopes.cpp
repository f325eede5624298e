// Who meets the criteria of a Match block: match_cfg_line() of OpenSSH, for all connections at
// once.
#include "agent/prober/sshd_access.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

Meets both(Meets a, Meets b)
{
    return std::min(a, b);
}

bool everywhere(std::string_view patterns)
{
    return patterns == "*" || patterns == "0.0.0.0/0,::/0" || patterns == "::/0,0.0.0.0/0";
}

Meets ofConnection(const SshdCriterion& criterion, const std::vector<uint16_t>& ports)
{
    if (criterion.name == "LocalPort") {
        const auto port = text::number<uint16_t>(criterion.argument);
        if (!port || std::ranges::find(ports, *port) == ports.end()) {
            return Meets::Never;
        }
        return ports.size() == 1 ? Meets::Always : Meets::Sometimes;
    }
    if (criterion.name == "Address" || criterion.name == "Host"
        || criterion.name == "LocalAddress") {
        return everywhere(criterion.argument) ? Meets::Always : Meets::Sometimes;
    }
    return Meets::Sometimes;
}

Meets ofUser(const SshdCriterion& criterion, const RootUser& user)
{
    bool met = false;
    if (criterion.name == "User") {
        met = sshdPatternList(user.name, criterion.argument);
    } else if (criterion.name == "Group") {
        // ga_match_pattern_list(): a negation that matches any group ends the search.
        for (const std::string& group : user.groups) {
            for (const std::string_view pattern : text::fields(criterion.argument, ',')) {
                if (pattern.starts_with('!') && sshdPattern(group, pattern.substr(1))) {
                    return Meets::Never;
                }
            }
            met = met || sshdPatternList(group, criterion.argument);
        }
    }
    return met ? Meets::Always : Meets::Never;
}

} // namespace

Meets meets(const SshdScope& scope, const std::vector<uint16_t>& ports)
{
    Meets all = Meets::Always;
    for (const SshdCriterion& criterion : scope.criteria) {
        const bool everybody = criterion.name == "User" && criterion.argument == "*";
        all = both(all, everybody ? Meets::Always : ofConnection(criterion, ports));
    }
    return all;
}

Meets meets(const SshdScope& scope, const std::vector<uint16_t>& ports, const RootUser& user)
{
    Meets all = Meets::Always;
    for (const SshdCriterion& criterion : scope.criteria) {
        const bool aboutUser = criterion.name == "User" || criterion.name == "Group";
        const bool invalid = criterion.name == "Invalid-User";
        all = both(all,
            aboutUser     ? ofUser(criterion, user)
                : invalid ? Meets::Never
                          : ofConnection(criterion, ports));
    }
    return all;
}

std::vector<size_t> alwaysMatching(const SshdConfig& config, const std::vector<uint16_t>& ports)
{
    std::vector<size_t> always;
    for (size_t i = 0; i < config.scopes.size(); ++i) {
        if (meets(config.scopes[i], ports) == Meets::Always) {
            always.push_back(i);
        }
    }
    return always;
}

std::vector<size_t> with(std::vector<size_t> matching, size_t one)
{
    const auto at = std::ranges::lower_bound(matching, one);
    if (at == matching.end() || *at != one) {
        matching.insert(at, one);
    }
    return matching;
}

RootLogin weakestRootLogin(const SshdConfig& config, const std::vector<uint16_t>& ports,
    const RootHurdles& hurdles, const std::vector<size_t>& scopes, std::set<std::string>* evidence)
{
    RootLogin weakest = RootLogin::Denied;
    for (const RootUser& user : hurdles.users) {
        RootHurdles alone = hurdles;
        alone.users = { user };
        std::vector<size_t> always;
        for (size_t i = 0; i < config.scopes.size(); ++i) {
            if (meets(config.scopes[i], ports, user) == Meets::Always) {
                always.push_back(i);
            }
        }
        std::vector<std::vector<size_t>> sets { always };
        for (const size_t one : scopes) {
            if (meets(config.scopes[one], ports, user) == Meets::Sometimes) {
                sets.push_back(with(always, one));
            }
        }
        if (scopes.size() == 1 && sets.size() == 2) {
            sets.erase(sets.begin()); // under this one condition
        }
        for (const std::vector<size_t>& set : sets) {
            const SshdAccess access = sshdAccess(config, set, alone);
            if (access.root <= weakest) {
                continue;
            }
            weakest = access.root;
            if (evidence) {
                const auto value = config.value("permitrootlogin", set);
                evidence->insert(
                    value ? evidenceOf(*value) : "sshd default: PermitRootLogin prohibit-password");
            }
        }
    }
    return weakest;
}

} // namespace agent
