#include "agent/prober/pam_auth.h"
#include "agent/prober/faillock.h"
#include "common/text.h"

#include <algorithm>
#include <map>
#include <optional>

namespace agent {

namespace {

bool isTally(const std::string& module)
{
    return module == "pam_tally2" || module == "pam_tally";
}

bool isLock(const std::string& module)
{
    return module == "pam_faillock" || isTally(module);
}

/// What a module that decides nothing about the password of a usual local user returns; nothing
/// for one that does decide.
std::optional<int> bystander(const std::string& module)
{
    constexpr std::pair<std::string_view, int> Known[] = {
        { "pam_permit", PamSuccess },
        { "pam_deny", PamAuthErr },
        { "pam_warn", PamIgnore },
        { "pam_faildelay", PamIgnore },
        { "pam_nologin", PamIgnore },
        { "pam_env", PamIgnore },
        { "pam_cap", PamIgnore },
        { "pam_group", PamSuccess },
        { "pam_securetty", PamSuccess },
        { "pam_shells", PamSuccess },
        { "pam_localuser", PamSuccess },
        { "pam_usertype", PamSuccess },
        { "pam_succeed_if", PamSuccess },
        { "pam_access", PamSuccess },
        { "pam_listfile", PamSuccess },
        { "pam_time", PamSuccess },
        { "pam_exec", PamSuccess },
        { "pam_echo", PamIgnore },
        { "pam_issue", PamIgnore },
        { "pam_motd", PamIgnore },
        { "pam_mail", PamSuccess },
        { "pam_keyinit", PamSuccess },
        { "pam_selinux", PamSuccess },
        { "pam_sepermit", PamIgnore },
        { "pam_gnome_keyring", PamSuccess },
        { "pam_kwallet5", PamIgnore },
        { "pam_systemd_home", PamUserUnknown },
        { "pam_ftp", PamAuthErr },
        { "pam_rootok", PamSuccess }, // asks for the real uid of the server, which is 0
        { "pam_wheel", PamIgnore },
        { "pam_rhosts", PamAuthErr },
        { "pam_sss", PamUserUnknown },
        { "pam_ldap", PamUserUnknown },
        { "pam_krb5", PamUserUnknown },
        { "pam_winbind", PamUserUnknown },
        { "pam_fprintd", PamUserUnknown },
        { "pam_ecryptfs", PamSuccess },
        { "pam_mount", PamSuccess },
    };
    for (const auto& [name, value] : Known) {
        if (module == name) {
            return value;
        }
    }
    return std::nullopt;
}

bool takesEmpty(const PamRule& rule)
{
    return std::ranges::any_of(
        rule.arguments, [](const std::string& argument) { return argument.starts_with("nullok"); });
}

enum class Attempt { Right, Wrong, Empty };

/// One attempt to log in, and the rules that were reached.
struct Course {
    bool in = false;
    bool counted = false; // a failure was recorded
    std::vector<const PamRule*> reached {};
};

using Locks = std::map<const PamRule*, Faillock>;

/// `locked`: the rule in whose eyes the account is locked.
Course course(
    const PamStack& stack, const Locks& locks, Attempt attempt, const PamRule* locked = nullptr)
{
    Course course;
    const auto module = [&](const PamRule& rule) -> int {
        course.reached.push_back(&rule);
        if (const auto lock = locks.find(&rule); lock != locks.end()) {
            if (lock->second.broken) {
                return PamServiceErr;
            }
            if (&rule == locked) {
                return PamAuthErr;
            }
            const bool fails = lock->second.act == Faillock::Act::Authfail;
            course.counted = course.counted || fails || lock->second.act == Faillock::Act::Tally;
            return fails ? PamIgnore : PamSuccess;
        }
        if (const auto value = bystander(rule.module)) {
            return *value;
        }
        const bool accepted
            = attempt == Attempt::Right || (attempt == Attempt::Empty && takesEmpty(rule));
        return accepted ? PamSuccess : PamAuthErr;
    };
    course.in = runPam(stack, module) == PamSuccess;
    return course;
}

uint32_t delayOf(const std::vector<const PamRule*>& reached, const Locks& locks,
    const LoginDefs& defs, std::set<std::string>& evidence)
{
    uint64_t most = 0; // microseconds: the longest that a module asks for, pam_fail_delay(3)
    std::string where;
    const auto ask = [&](uint64_t delay, const std::string& from) {
        if (delay > most) {
            most = delay;
            where = from;
        }
    };
    for (const PamRule* rule : reached) {
        if (rule->module == "pam_unix" && !rule->has("nodelay")) {
            ask(2'000'000, "pam_unix.so at " + rule->where + ": 2 s after a failure");
        } else if (const auto lock = locks.find(rule);
                   lock != locks.end() && lock->second.delay && !lock->second.broken) {
            ask(2'000'000, "pam_faillock.so at " + rule->where + ": 2 s after a failure");
        } else if (rule->module == "pam_faildelay") {
            const auto argument = rule->value("delay");
            const auto configured = defs.pam("FAIL_DELAY");
            const auto number = argument ? text::number<uint32_t>(*argument)
                : configured             ? text::number<uint32_t>(configured->text)
                                         : std::nullopt;
            const uint64_t unit = argument ? 1 : 1'000'000;
            ask(number.value_or(0) * unit, "pam_faildelay.so at " + rule->where);
        }
    }
    if (!where.empty()) {
        evidence.insert(where);
    }
    return static_cast<uint32_t>(most / 1000);
}

std::string words(uint32_t seconds)
{
    return seconds == 0 ? "until unlocked" : std::to_string(seconds) + " s";
}

/// The strictest lock among those that keep a locked account out.
void findLock(const PamStack& auth, const Locks& locks, LoginLimits& limits)
{
    const PamRule* best = nullptr;
    for (const PamRule& rule : auth) {
        const auto found = locks.find(&rule);
        if (found == locks.end() || found->second.deny == 0 || found->second.broken) {
            continue;
        }
        if (course(auth, locks, Attempt::Right, &rule).in) {
            continue; // it may say "locked", the right password gets in all the same
        }
        if (!best || found->second.deny < locks.at(best).deny) {
            best = &rule;
        }
    }
    if (!best) {
        return;
    }
    const Faillock& lock = locks.at(best);
    limits.maxFailed = lock.deny;
    limits.failInterval = lock.failInterval;
    limits.unlockTime = lock.unlockTime;
    limits.root = lock.root;
    limits.evidence.insert(lock.denyWhere
        + (lock.denyWhere.find("deny") == std::string::npos ? ": deny " + std::to_string(lock.deny)
                                                            : ""));
    limits.evidence.insert(lock.unlockWhere
        + (lock.unlockWhere.find("unlock_time") == std::string::npos
                ? ": unlock_time " + words(lock.unlockTime)
                : ""));
    limits.evidence.insert(best->module + ".so at " + best->where);
}

} // namespace

LoginLimits loginLimits(const PamStack& auth, const Root& root, const LoginDefs& defs)
{
    LoginLimits limits;
    Locks locks;
    for (const PamRule& rule : auth) {
        if (rule.kind == PamRule::Kind::Module && !rule.missing && isLock(rule.module)) {
            locks[&rule] = isTally(rule.module) ? tally(rule) : readFaillock(root, rule);
        }
    }
    const Course wrong = course(auth, locks, Attempt::Wrong);
    limits.possible = course(auth, locks, Attempt::Right).in;
    limits.emptyPassword = course(auth, locks, Attempt::Empty).in;
    if (wrong.in) {
        limits.evidence.insert("any password gets in through the rules from " + auth.front().where);
        return limits;
    }
    limits.delay = delayOf(wrong.reached, locks, defs, limits.evidence);
    for (const PamRule& rule : auth) {
        if (rule.module == "pam_unix" && takesEmpty(rule)) {
            limits.evidence.insert("pam_unix.so nullok at " + rule.where);
        }
    }
    if (!limits.possible) {
        limits.evidence.insert(auth.empty()
                ? "no auth rules in PAM: nobody gets in"
                : "nobody gets in through the rules from " + auth.front().where);
    }
    if (locks.empty()) {
        limits.evidence.insert("no pam_faillock in the auth rules");
    } else if (!wrong.counted) {
        limits.evidence.insert(
            "no rule counts a failure: pam_faillock.so authfail is not reached, rules from "
            + auth.front().where);
    } else {
        findLock(auth, locks, limits);
        if (limits.maxFailed == 0) {
            for (const auto& [rule, lock] : locks) {
                limits.evidence.insert(lock.deny == 0
                        ? lock.denyWhere
                        : rule->module + ".so at " + rule->where + " keeps nobody out");
            }
        }
    }
    return limits;
}

} // namespace agent
