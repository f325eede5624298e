// Grants of polkit(8): to become root by an action, by rules and by what actions permit to all.
#include "agent/prober/polkit_policies.h"
#include "agent/prober/polkit_rules.h"
#include "agent/prober/privilege_grants.h"
#include "common/text.h"

#include <algorithm>
#include <fnmatch.h>

namespace agent {

namespace {

using Kind = PolkitCondition::Kind;

constexpr const char* Daemons[] = { "/usr/lib/polkit-1/polkitd", "/usr/libexec/polkitd",
    "/usr/libexec/polkit-1/polkitd", "/usr/lib/policykit-1/polkitd" };
constexpr const char* Folders[]
    = { "/etc/polkit-1", "/run/polkit-1", "/usr/local/share/polkit-1", "/usr/share/polkit-1" };
const std::string Exec = "org.freedesktop.policykit.exec";
/// Stands for all that no rule names.
const std::string AnyAction = "*";

/// Who asks: a user, a member of a group about whom nothing else is known, or anybody.
struct Subject {
    const User* user = nullptr;
    std::string group {};
    std::string principal {};
};

struct Request {
    const Accounts& accounts;
    const Subject& subject;
    std::string action;
    std::set<std::string> details;
    bool sits = false; // at the node, and in front

    bool holds(const PolkitCondition& condition) const
    {
        const auto one = [this](const PolkitCondition& part) { return holds(part); };
        switch (condition.kind) {
        case Kind::Never:
            return false;
        case Kind::Not:
            return !holds(condition.parts.front());
        case Kind::And:
            return std::ranges::all_of(condition.parts, one);
        case Kind::Or:
            return std::ranges::any_of(condition.parts, one);
        case Kind::User:
            return subject.user && subject.user->name == condition.text;
        case Kind::Group: {
            const Group* group = accounts.group(condition.text);
            return subject.group == condition.text
                || (subject.user && group && accounts.isMember(*subject.user, group->gid));
        }
        case Kind::Action:
            return ::fnmatch(condition.text.c_str(), action.c_str(), 0) == 0;
        case Kind::Local:
            return sits;
        case Kind::Detail:
            return details.contains(condition.text);
        }
        return false;
    }
};

struct Answer {
    std::vector<std::string> values {};
    std::string where {};
    bool near = false; // only to somebody at the node
};

class Polkit {
public:
    Polkit(Reading& reading, const Accounts& accounts)
        : reading_(reading)
        , accounts_(accounts)
    {
        for (const char* folder : Folders) {
            readPolicies(std::string(folder) + "/actions");
        }
        std::map<std::string, std::string> files; // of one name all are read, /etc first
        for (size_t i = 0; i < std::size(Folders); ++i) {
            const std::string folder = std::string(Folders[i]) + "/rules.d";
            for (const std::string& name : reading_.root.list(folder)) {
                if (name.ends_with(".rules")) {
                    files.emplace(name + '\0' + std::to_string(i), folder + "/" + name);
                }
            }
        }
        for (const auto& [key, path] : files) {
            try { // boundary: one file
                readRules(path);
            } catch (const std::exception& e) {
                reading_.failed(text::carried(path), e);
            }
        }
        if (files.empty()) { // before 106 there were none of them
            readPklas();
        }
    }

    std::vector<Grant> grants()
    {
        for (const PolkitFunction& function : functions_) {
            for (const PolkitReturn& one : function.returns) {
                name(one.when);
            }
        }
        Subject anybody;
        anybody.principal = "ALL";
        add(anybody);
        for (const std::string& group : groups_) {
            add({ nullptr, group, "%" + group });
        }
        for (const std::string& name : users_) {
            const User* user = accounts_.user(name);
            if (user && user->uid != 0) {
                add({ user, "", name });
            }
        }
        administrators(anybody);
        return std::move(grants_);
    }

private:
    void readPolicies(const std::string& folder)
    {
        for (const std::string& name : reading_.root.list(folder)) {
            const std::string path = folder + "/" + name;
            try { // boundary: one file
                if (name.ends_with(".policy")) {
                    readPolkitPolicy(reading_.root.read(path), text::carried(path), policies_);
                }
            } catch (const std::exception& e) {
                reading_.failed(text::carried(path), e);
            }
        }
    }

    void readRules(const std::string& path)
    {
        const std::string text = reading_.root.read(path);
        if (text.find("/pkla-check-authorization") != text.npos) {
            readPklas();
            return;
        }
        add(parsePolkitRules(text, path), path, functions_);
    }

    void add(PolkitScript script, const std::string& path, std::vector<PolkitFunction>& to)
    {
        for (const size_t line : script.undecided) {
            notDecided(text::carried(path), ":" + std::to_string(line));
        }
        std::ranges::move(script.functions, std::back_inserter(to));
    }

    void notDecided(const std::string& source, const std::string& where)
    {
        reading_.failed(
            source, "parse-error", source + where + ": a rule of polkit that is not decided here");
    }

    void readPklas()
    {
        std::map<std::string, std::string> files;
        for (const char* top :
            { "/var/lib/polkit-1/localauthority", "/etc/polkit-1/localauthority" }) {
            for (const std::string& path : reading_.root.glob(std::string(top) + "/*/*.pkla")) {
                files.emplace(path.substr(std::string(top).size()) + '\0' + top, path);
            }
        }
        std::vector<PolkitFunction> found;
        for (const auto& [key, path] : files) {
            try { // boundary: one file
                add(parsePkla(reading_.root.read(path), text::carried(path)), path, found);
            } catch (const std::exception& e) {
                reading_.failed(text::carried(path), e);
            }
        }
        std::move(found.rbegin(), found.rend(), std::back_inserter(functions_));
    }

    /// Users, groups and details that a condition names.
    void name(const PolkitCondition& condition)
    {
        auto* names = condition.kind == Kind::User ? &users_
            : condition.kind == Kind::Group        ? &groups_
            : condition.kind == Kind::Detail       ? &details_
                                                   : nullptr;
        if (names) {
            names->insert(condition.text);
        }
        for (const PolkitCondition& part : condition.parts) {
            name(part);
        }
    }

    /// From afar, else at the node, if that makes a difference.
    Answer ask(const Subject& subject, const std::string& action,
        const std::set<std::string>& details) const
    {
        Answer afar = run({ accounts_, subject, action, details, false }, false);
        Answer near = run({ accounts_, subject, action, details, true }, false);
        if (permits(afar) || !permits(near)) {
            return afar;
        }
        near.where += ", if he sits at the node";
        near.near = true;
        return near;
    }

    Answer run(const Request& request, bool admin) const
    {
        for (const PolkitFunction& function : functions_) {
            for (const PolkitReturn& one : function.returns) {
                if (function.admin == admin && request.holds(one.when)) {
                    if (!one.values.empty()) {
                        return { one.values, function.where };
                    }
                    break; // not handled: the next function
                }
            }
        }
        const auto otherwise = policies_.forAll.find(request.action);
        return admin || otherwise == policies_.forAll.end()
            ? Answer()
            : Answer { { otherwise->second }, policies_.where.at(request.action) };
    }

    /// Whether an answer lets somebody act, with no password or with his own.
    static bool permits(const Answer& answer)
    {
        return !answer.values.empty()
            && (answer.values.front() == "yes" || answer.values.front().starts_with("auth_self"));
    }

    void add(const Subject& subject)
    {
        if (const Answer answer = ask(subject, AnyAction, {}); permits(answer)) {
            grant(subject, "ALL", answer, true);
            return;
        }
        for (const std::string& action : policies_.actions) {
            if (const Answer answer = ask(subject, action, {}); permits(answer)) {
                grant(subject, action, answer, rootActions_.contains(action));
                if (!answer.near) {
                    continue;
                }
            }
            bool alone = false;
            for (const std::string& detail : details_) {
                if (const Answer answer = ask(subject, action, { detail }); permits(answer)) {
                    grant(subject, action + " " + detail, answer, false);
                    alone = true;
                }
            }
            if (const Answer answer = ask(subject, action, details_); !alone && permits(answer)) {
                grant(subject, action + " with details", answer, false);
            }
        }
    }

    void grant(const Subject& subject, const std::string& command, const Answer& answer, bool root)
    {
        if (subject.principal != "ALL" && forAll_.contains(command)) {
            return;
        }
        Grant out { subject.principal, "root", command, answer.values.front() == "yes",
            { text::carried(answer.where) }, root };
        for (size_t i = 0; i < accounts_.users().size(); ++i) {
            const User& user = accounts_.users()[i];
            const Group* group = accounts_.group(subject.group);
            if (subject.user
                    ? user.name == subject.user->name
                    : subject.group.empty() || (group && accounts_.isMember(user, group->gid))) {
                out.users.insert(i);
            }
        }
        if (subject.principal == "ALL") {
            forAll_.insert(command);
        }
        grants_.push_back(std::move(out));
    }

    /// Whose own password is as good as root's.
    void administrators(const Subject& anybody)
    {
        const Answer answer = run({ accounts_, anybody, Exec, {} }, true);
        for (const std::string& identity : answer.values) {
            const std::string name = identity.substr(identity.find(':') + 1);
            const Answer own { { "auth_self" }, answer.where };
            if (identity.starts_with("unix-group:")) {
                grant({ nullptr, name, "%" + name }, "ALL", own, true);
            } else if (!identity.starts_with("unix-user:")) {
                notDecided(answer.where, ""); // a netgroup: who is in it is not known
            } else if (const User* user = accounts_.user(name); user && user->uid != 0) {
                grant({ user, "", name }, "ALL", own, true);
            }
        }
    }

    Reading& reading_;
    const Accounts& accounts_;
    PolkitPolicies policies_;
    const std::set<std::string> rootActions_ = polkitRootActions();
    std::vector<PolkitFunction> functions_;
    std::set<std::string> users_;
    std::set<std::string> groups_;
    std::set<std::string> details_;
    std::set<std::string> forAll_;
    std::vector<Grant> grants_;
};

} // namespace

std::vector<Grant> polkitGrants(Reading& reading, const Accounts& accounts)
try { // boundary: polkit
    const bool there = std::ranges::any_of(
        Daemons, [&](const char* daemon) { return reading.root.exists(daemon); });
    return there ? Polkit(reading, accounts).grants() : std::vector<Grant>();
} catch (const std::exception& e) {
    reading.failed("polkit", e);
    return {};
}

} // namespace agent
