// Whether an entry of the inventory is on a list of the profile.
#include "collector/worker/checks/check.h"

namespace collector {

namespace {

/// What an entry has against what its list says, leaf by leaf.
class Comparison {
public:
    explicit Comparison(yang::Node entry)
        : entry_(entry)
    {
    }
    void leaf(const char* name, const std::optional<std::string>& wanted)
    {
        if (!wanted) {
            return;
        }
        const auto has = entry_.value(name);
        if (!has) {
            unknown_.push_back(std::string(name) + " is not known");
        } else if (*has != *wanted) {
            differs(std::string(name) + " " + *has, std::string(name) + " " + *wanted);
        }
    }
    /// A leaf that must not be true.
    void notTrue(const char* name)
    {
        const auto has = entry_.value(name);
        if (!has) {
            unknown_.push_back(std::string(name) + " is not known");
        } else if (*has == "true") {
            differs(std::string(name) + " true", std::string(name) + " false");
        }
    }
    void oneOf(const char* name, const std::set<std::string>& wanted)
    {
        const auto has = entry_.value(name);
        if (wanted.empty()) {
            return;
        }
        if (!has) {
            unknown_.push_back(std::string(name) + " is not known");
        } else if (!wanted.contains(*has)) {
            differs(std::string(name) + " " + *has,
                std::string(name) + " " + joined({ wanted.begin(), wanted.end() }, " or "));
        }
    }
    /// No values but these.
    void only(const char* name, const std::set<std::string>& wanted)
    {
        std::vector<std::string> more;
        for (const std::string& one : entry_.values(name)) {
            if (!wanted.contains(one)) {
                more.push_back(one);
            }
        }
        if (!more.empty()) {
            differs(std::string(name) + " " + joined(more),
                "no " + std::string(name) + " but "
                    + (wanted.empty() ? "none" : joined({ wanted.begin(), wanted.end() })));
        }
    }
    void differs(const std::string& observed, const std::string& expected)
    {
        observed_.push_back(observed);
        expected_.push_back(expected);
    }
    size_t differences() const { return observed_.size(); }

    Permission result() const
    {
        const Truth permitted = !observed_.empty() ? Truth::No
            : !unknown_.empty()                    ? Truth::Unknown
                                                   : Truth::Yes;
        return { permitted, joined(observed_), joined(expected_), joined(unknown_) };
    }

private:
    yang::Node entry_;
    std::vector<std::string> observed_;
    std::vector<std::string> expected_;
    std::vector<std::string> unknown_;
};

/// The leaves that say most of an entry that is on no list.
Permission notListed(yang::Node entry, std::initializer_list<const char*> leaves, List list)
{
    std::vector<std::string> parts;
    for (const char* leaf : leaves) {
        if (entry.child(leaf)) {
            parts.push_back(observation(leaf, entry));
        }
    }
    return { Truth::No, parts.empty() ? "not listed" : "not listed: " + joined(parts),
        "listed among " + std::string(ListNames[static_cast<size_t>(list)]), "" };
}

Permission user(const Permitted& permitted, yang::Node entry)
{
    const auto found = permitted.users.find(entry.valueOr("name", ""));
    if (found == permitted.users.end()) {
        return notListed(
            entry, { "uid", "shell", "login-enabled", "privileged", "origin" }, List::Users);
    }
    Comparison out(entry);
    out.leaf("uid", found->second.uid);
    if (!found->second.loginPermitted) {
        out.notTrue("login-enabled");
    }
    if (!found->second.privileged) {
        out.notTrue("privileged");
    }
    return out.result();
}

Permission group(const Permitted& permitted, yang::Node entry)
{
    const auto found = permitted.groups.find(entry.valueOr("name", ""));
    if (found == permitted.groups.end()) {
        return notListed(entry, { "gid", "member", "privileged" }, List::Groups);
    }
    Comparison out(entry);
    out.leaf("gid", found->second.gid);
    if (!found->second.anyMember) {
        out.only("member", found->second.members);
    }
    return out.result();
}

Permission grant(const Permitted& permitted, yang::Node entry)
{
    const auto found = permitted.grants.find(GrantKey { entry.valueOr("principal", ""),
        entry.valueOr("run-as", ""), entry.valueOr("command", "") });
    if (found == permitted.grants.end()) {
        return notListed(entry, { "no-authentication" }, List::Grants);
    }
    Comparison out(entry);
    if (!found->second.withoutAuthentication) {
        out.notTrue("no-authentication");
    }
    return out.result();
}

Permission setuidFile(const Permitted& permitted, yang::Node entry)
{
    const auto found = permitted.setuidFiles.find(entry.valueOr("path", ""));
    if (found == permitted.setuidFiles.end()) {
        return notListed(entry, { "owner", "mode", "capability" }, List::SetuidFiles);
    }
    Comparison out(entry);
    out.leaf("owner", found->second.owner);
    out.leaf("mode", found->second.mode);
    out.only("capability", found->second.capabilities);
    out.oneOf("hash", found->second.hashes);
    return out.result();
}

Permission program(const Permitted& permitted, yang::Node entry)
{
    const std::string executable = entry.valueOr("executable", "");
    const std::string user = entry.valueOr("user", "");
    std::optional<Permission> nearest;
    const auto fits = [&](const PermittedProgram& listed) {
        Comparison out(entry);
        if (listed.user != "*" && listed.user != user) {
            out.differs("user " + user, "user " + listed.user);
        }
        out.oneOf("hash", listed.hashes);
        if (!listed.scripts.empty()) {
            out.only("script", listed.scripts);
        }
        const Permission result = out.result();
        if (!nearest || nearest->permitted < result.permitted) {
            nearest = result;
        }
        return nearest->permitted == Truth::Yes;
    };
    if (const auto found = permitted.programs.find(executable); found != permitted.programs.end()) {
        for (const PermittedProgram& listed : found->second) {
            if (fits(listed)) {
                return *nearest;
            }
        }
    }
    for (const PermittedProgram& listed : permitted.programPatterns) {
        if (globMatches(listed.executable, executable) && fits(listed)) {
            return *nearest;
        }
    }
    return nearest ? *nearest
                   : notListed(entry, { "package", "script", "capability" }, List::Programs);
}

} // namespace

bool given(List list, const Permitted& permitted)
{
    switch (list) {
    case List::Users:
        return !permitted.users.empty();
    case List::Groups:
        return !permitted.groups.empty();
    case List::Grants:
        return !permitted.grants.empty();
    case List::SetuidFiles:
        return !permitted.setuidFiles.empty();
    case List::Programs:
        return !permitted.programs.empty() || !permitted.programPatterns.empty();
    case List::Ports:
        return !permitted.ports.empty();
    }
    return false;
}

Permission permission(List list, const Permitted& permitted, yang::Node entry)
{
    switch (list) {
    case List::Users:
        return user(permitted, entry);
    case List::Groups:
        return group(permitted, entry);
    case List::Grants:
        return grant(permitted, entry);
    case List::SetuidFiles:
        return setuidFile(permitted, entry);
    case List::Programs:
        return program(permitted, entry);
    case List::Ports:
        return portListed(permitted, entry);
    }
    return {};
}

} // namespace collector
