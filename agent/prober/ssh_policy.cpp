#include "agent/prober/ssh_policy.h"
#include "common/text.h"

#include <algorithm>
#include <numeric>

namespace agent {

namespace {

/// What PAM does for a server that asks it.
struct Pam {
    std::optional<LoginLimits> limits {}; // nothing if its configuration could not be read
    bool rootPassword = true;
    bool root = true;
    std::set<std::string> evidence {};
};

Pam askPam(Reading& reading, const std::string& service, const LoginDefs& defs)
{
    Pam out;
    try {
        const auto pam = readPam(reading.root, service);
        if (!pam) {
            return out;
        }
        const PamStack auth = pam->stack(PamType::Auth);
        LoginLimits limits = loginLimits(auth, reading.root, defs);
        limits.evidence.insert(pam->missing.begin(), pam->missing.end());
        out.rootPassword = admitsRoot(auth, reading.root, out.evidence);
        out.root = admitsRoot(pam->stack(PamType::Account), reading.root, out.evidence);
        out.limits = std::move(limits);
    } catch (const std::exception& e) {
        reading.failed("PAM service " + service, e);
    }
    return out;
}

bool takesPassword(const std::set<std::string>& methods)
{
    return methods.contains("password") || methods.contains("keyboard-interactive");
}

/// Limits of zero: nothing locks an account.
LoginLimits unlimited(const std::string& why)
{
    LoginLimits limits;
    limits.possible = true;
    limits.evidence.insert(why);
    return limits;
}

void weaken(std::optional<LoginLimits>& all, const LoginLimits& one)
{
    const auto weaker = [](const LoginLimits& a, const LoginLimits& b) {
        return b.maxFailed != 0 && (a.maxFailed == 0 || a.maxFailed > b.maxFailed);
    };
    if (!all || weaker(one, *all)) {
        const std::set<std::string> evidence = all ? all->evidence : std::set<std::string>();
        all = one;
        all->evidence.insert(evidence.begin(), evidence.end());
    } else {
        all->evidence.insert(one.evidence.begin(), one.evidence.end());
    }
}

template <typename T> void atLeast(std::optional<T>& all, T value)
{
    all = all ? std::max(*all, value) : value;
}

/// The longest time; 0 is without end.
void longest(std::optional<uint32_t>& all, uint32_t value)
{
    all = all && (*all == 0 || value == 0) ? 0 : std::max(all.value_or(0), value);
}

/// One server under one condition.
struct View {
    std::string condition;
    SshdAccess access;
    bool root = false; // the condition says something about root
    bool emptyPassword = false;
};

/// Keywords by which a Match block changes what is reported.
bool concerns(const SshdScope& scope, bool& root)
{
    bool any = false;
    for (const char* keyword :
        { "permitrootlogin", "passwordauthentication", "kbdinteractiveauthentication",
            "pubkeyauthentication", "hostbasedauthentication", "gssapiauthentication",
            "authenticationmethods", "allowusers", "denyusers", "allowgroups", "denygroups" }) {
        root = root || scope.values.contains(keyword);
    }
    for (const char* keyword : { "permitemptypasswords", "maxauthtries" }) {
        any = any || scope.values.contains(keyword);
    }
    return any || root;
}

SshScope toScope(const View& view)
{
    SshScope scope;
    scope.condition = view.condition;
    if (view.root) {
        scope.root = view.access.root;
    }
    scope.emptyPassword = view.emptyPassword;
    scope.maxAuthTries = view.access.maxAuthTries;
    scope.methods = view.access.methods;
    scope.evidence = view.access.evidence;
    return scope;
}

/// A condition may be written twice: the first block wins, the second adds nothing.
void add(std::vector<SshScope>& scopes, SshScope scope)
{
    if (std::ranges::find(scopes, scope.condition, &SshScope::condition) == scopes.end()) {
        scopes.push_back(std::move(scope));
    }
}

class Policy {
public:
    Policy(Reading& reading, const SshDaemons& daemons, const LoginDefs& defs)
        : reading_(reading)
        , defs_(defs)
        , several_(daemons.sshd.size() + daemons.dropbear.size() > 1)
        , users_(rootUsers(reading))
    {
    }

    void take(const Sshd& sshd)
    {
        const SshdConfig& config = sshd.config;
        const bool byPam = sshdFlag(config, "usepam", false);
        const Pam pam
            = byPam ? askPam(reading_, config.word("pamservicename", "sshd"), defs_) : Pam {};
        const RootHurdles hurdles { users_, !pam.rootPassword, !pam.root };
        std::vector<View> views = viewsOf(sshd, hurdles);
        for (View& view : views) {
            view.emptyPassword = view.access.emptyPassword
                && (!byPam || (pam.limits && pam.limits->emptyPassword));
            view.access.evidence.insert(pam.evidence.begin(), pam.evidence.end());
        }
        std::set<std::string> why;
        std::vector<size_t> all(config.scopes.size());
        std::iota(all.begin(), all.end(), size_t { 0 });
        const RootLogin root = weakestRootLogin(config, sshd.ports, hurdles, all, &why);
        if (sshd.stale.empty()) {
            merge(views, root, why);
            takeTimes(config, views.front().access.idleTimeout);
        } else {
            takeStale(sshd, views, root, why);
        }
        takeLimits(sshd, views, byPam, pam);
        confidence(sshd.running, !sshd.stale.empty());
        for (const View& view : views) {
            if (!view.condition.empty()) {
                add(out_.scopes, toScope(view));
            }
        }
    }

    void take(const Dropbear& dropbear)
    {
        View view;
        view.root = true;
        view.access.methods.insert("publickey");
        const bool password = dropbear.password && !dropbear.keyToo;
        if (dropbear.password) {
            view.access.methods.insert("password");
        }
        const bool inGroup
            = dropbear.group.empty() || std::ranges::any_of(users_, [&](const RootUser& user) {
                  return std::ranges::find(user.groups, dropbear.group) != user.groups.end();
              });
        view.access.root = !dropbear.rootLogin || !inGroup ? RootLogin::Denied
            : password && dropbear.rootPassword            ? RootLogin::Permitted
                                                           : RootLogin::KeyOnly;
        view.emptyPassword = password && dropbear.blankPassword;
        view.access.maxAuthTries = dropbear.maxAuthTries;
        view.access.evidence.insert(dropbear.where + ": "
            + (!dropbear.rootLogin           ? "-w, no root"
                    : !dropbear.rootPassword ? "-g, root by key only"
                                             : "no -w and no -g, root may log in"));
        merge({ view }, view.access.root, {});
        longest(out_.loginGrace, 300); // AUTH_TIMEOUT
        longest(out_.idleTimeout, dropbear.idleTimeout);
        if (dropbear.password) {
            weaken(out_.limits, unlimited(dropbear.where + ": dropbear locks no account"));
        }
        confidence(dropbear.running, false);
        if (several_) {
            view.condition = dropbear.label;
            add(out_.scopes, toScope(view));
        }
    }

    SshPolicy finish()
    {
        if (unknownLimits_) {
            out_.limits.reset();
        }
        if (out_.limits) {
            out_.all.evidence.insert(out_.limits->evidence.begin(), out_.limits->evidence.end());
        }
        return std::move(out_);
    }

private:
    /// The first one is without condition.
    std::vector<View> viewsOf(const Sshd& sshd, const RootHurdles& hurdles) const
    {
        const std::vector<size_t> always = alwaysMatching(sshd.config, sshd.ports);
        std::vector<View> views { { several_ ? sshd.label : "",
            sshdAccess(sshd.config, always, hurdles), true, false } };
        views.front().access.root = weakestRootLogin(sshd.config, sshd.ports, hurdles, {}, nullptr);
        for (size_t i = 0; i < sshd.config.scopes.size(); ++i) {
            const SshdScope& scope = sshd.config.scopes[i];
            bool root = false;
            if (scope.criteria.empty() || !concerns(scope, root)
                || meets(scope, sshd.ports) == Meets::Never) {
                continue;
            }
            RootHurdles those = hurdles;
            std::erase_if(those.users, [&](const RootUser& user) {
                return meets(scope, sshd.ports, user) == Meets::Never;
            });
            View view;
            view.condition = (several_ ? sshd.label + ", " : "") + scope.condition;
            view.root = root && !those.users.empty();
            view.access = sshdAccess(sshd.config, with(always, i), those);
            view.access.root = weakestRootLogin(sshd.config, sshd.ports, those, { i }, nullptr);
            views.push_back(std::move(view));
        }
        return views;
    }

    void merge(const std::vector<View>& views, RootLogin root, const std::set<std::string>& why)
    {
        SshScope& all = out_.all;
        atLeast(all.root, root);
        all.evidence.insert(why.begin(), why.end());
        for (const View& view : views) {
            all.emptyPassword = all.emptyPassword.value_or(false) || view.emptyPassword;
            atLeast(all.maxAuthTries, view.access.maxAuthTries);
            all.methods.insert(view.access.methods.begin(), view.access.methods.end());
        }
        all.evidence.insert(
            views.front().access.evidence.begin(), views.front().access.evidence.end());
    }

    /// What is in force is not known, what will be after a restart is.
    void takeStale(const Sshd& sshd, const std::vector<View>& views, RootLogin root,
        const std::set<std::string>& why)
    {
        stale_ = true;
        reading_.failed(sshd.label, "raced", sshd.stale + "; what it has in force is not known");
        out_.all.evidence.insert(sshd.stale);
        SshScope scope = toScope(views.front());
        scope.condition = (several_ ? sshd.label + ", " : "") + "once sshd has been restarted";
        scope.root = root;
        scope.evidence.insert(why.begin(), why.end());
        add(out_.scopes, std::move(scope));
    }

    void takeTimes(const SshdConfig& config, uint32_t idle)
    {
        const auto grace = config.value("logingracetime");
        const auto seconds = grace ? sshdTime(grace->words.front()) : std::optional(120u);
        if (!seconds) {
            throw ParseError(grace->where + ": sshd refuses LoginGraceTime "
                + text::quoted(grace->words.front()));
        }
        if (grace) {
            out_.all.evidence.insert(evidenceOf(*grace));
        }
        longest(out_.loginGrace, *seconds);
        longest(out_.idleTimeout, idle);
    }

    void takeLimits(const Sshd& sshd, const std::vector<View>& views, bool byPam, const Pam& pam)
    {
        const bool password = std::ranges::any_of(
            views, [](const View& view) { return takesPassword(view.access.methods); });
        if (!password) {
            return;
        }
        if (!byPam) {
            const auto value = sshd.config.value("usepam");
            weaken(out_.limits,
                unlimited(value ? evidenceOf(*value) + ": PAM locks no account over SSH"
                                : "sshd default: UsePAM no: PAM locks no account over SSH"));
        } else if (pam.limits) {
            weaken(out_.limits, *pam.limits);
        } else {
            unknownLimits_ = true;
        }
    }

    void confidence(bool running, bool stale)
    {
        const std::string one = stale ? "unknown" : running ? "effective" : "declared";
        out_.confidence = stale_ ? "unknown" : one;
    }

    Reading& reading_;
    const LoginDefs& defs_;
    bool several_;
    std::vector<RootUser> users_;
    SshPolicy out_ {};
    bool unknownLimits_ = false;
    bool stale_ = false;
};

} // namespace

std::optional<SshPolicy> sshPolicy(
    Reading& reading, const SshDaemons& daemons, const LoginDefs& defs)
{
    if (daemons.sshd.empty() && daemons.dropbear.empty()) {
        return std::nullopt;
    }
    Policy policy(reading, daemons, defs);
    bool any = false;
    for (const Sshd& sshd : daemons.sshd) {
        try {
            policy.take(sshd);
            any = true;
        } catch (const std::exception& e) {
            reading.failed(sshd.label, e);
        }
    }
    for (const Dropbear& dropbear : daemons.dropbear) {
        policy.take(dropbear);
        any = true;
    }
    return any ? std::optional(policy.finish()) : std::nullopt;
}

} // namespace agent
