// How logging in from afar is restricted, for each login service: sshd_config(5), dropbear(8),
// pam.d(5), faillock.conf(5).
#include "agent/prober/login_services.h"
#include "agent/prober/pam_auth.h"
#include "agent/prober/probe.h"
#include "agent/prober/ssh_policy.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

const std::string Prefix = "femto-security-types:";

void writeLimits(const yang::Node& entry, const LoginLimits& limits)
{
    entry.leaf("max-failed-attempts", limits.maxFailed);
    if (limits.maxFailed == 0) {
        entry.leaf("lockout", 0u);
        entry.leaf("lockout-for-root", false);
    } else {
        entry.leaf("fail-interval", limits.failInterval);
        entry.leaf("lockout",
            limits.unlockTime == 0 ? "until-unlocked" : std::to_string(limits.unlockTime));
        entry.leaf("lockout-for-root", limits.root);
    }
    entry.leaf("retry-delay", limits.delay);
}

template <typename Strings>
void writeAll(const yang::Node& entry, const char* leaf, const Strings& values)
{
    std::set<std::string> carried;
    for (const std::string& value : values) {
        carried.insert(text::carried(value));
    }
    for (const std::string& value : carried) {
        entry.leaf(leaf, value);
    }
}

void writeScope(const yang::Node& entry, const SshScope& scope)
{
    constexpr size_t Longest = 4096;
    std::string condition = text::carried(scope.condition);
    condition = text::legible(condition.substr(0, std::min(condition.size(), Longest)));
    const yang::Node node = entry.entry("scope", condition.substr(0, Longest));
    if (scope.root) {
        node.leaf("root-login", identityOf(*scope.root));
    }
    if (scope.emptyPassword) {
        node.leaf("empty-password-login", *scope.emptyPassword);
    }
    if (scope.maxAuthTries) {
        node.leaf("max-auth-tries", *scope.maxAuthTries);
    }
    writeAll(node, "auth-method", scope.methods);
    writeAll(node, "evidence", scope.evidence);
}

void writeSsh(Reading& reading, const SshPolicy& ssh)
{
    const yang::Node entry = reading.out.entry("login-policy", Prefix + "ssh");
    if (ssh.limits) {
        writeLimits(entry, *ssh.limits);
    }
    if (ssh.all.root) {
        entry.leaf("root-login", identityOf(*ssh.all.root));
    }
    if (ssh.all.emptyPassword) {
        entry.leaf("empty-password-login", *ssh.all.emptyPassword);
    }
    writeAll(entry, "auth-method", ssh.all.methods);
    if (ssh.all.maxAuthTries) {
        entry.leaf("max-auth-tries", *ssh.all.maxAuthTries);
    }
    if (ssh.loginGrace) {
        entry.leaf("login-grace", *ssh.loginGrace);
    }
    if (ssh.idleTimeout) {
        entry.leaf("idle-timeout", *ssh.idleTimeout);
    }
    entry.leaf("confidence", ssh.confidence);
    writeAll(entry, "evidence", ssh.all.evidence);
    for (const SshScope& scope : ssh.scopes) {
        writeScope(entry, scope);
    }
}

/// A service that asks PAM and has no other restriction that we know of.
void writeByPam(Reading& reading, const LoginService& service, const LoginDefs& defs)
try {
    const auto pam = readPam(reading.root, service.pam);
    if (!pam) {
        return;
    }
    const PamStack auth = pam->stack(PamType::Auth);
    LoginLimits limits = loginLimits(auth, reading.root, defs);
    limits.evidence.insert(pam->missing.begin(), pam->missing.end());
    const bool root = limits.possible && admitsRoot(auth, reading.root, limits.evidence)
        && admitsRoot(pam->stack(PamType::Account), reading.root, limits.evidence);
    const yang::Node entry = reading.out.entry("login-policy", service.type);
    writeLimits(entry, limits);
    entry.leaf("root-login", identityOf(root ? RootLogin::Permitted : RootLogin::Denied));
    entry.leaf("empty-password-login", limits.emptyPassword);
    entry.leaf("auth-method", "password");
    entry.leaf("confidence", reading.root.live() ? "effective" : "declared");
    writeAll(entry, "evidence", limits.evidence);
} catch (const std::exception& e) {
    reading.failed("PAM service " + service.pam, e);
}

/// Users of NETCONF are those of femto-agent-access and none of the system's.
void writeNetconf(Reading& reading)
{
    const yang::Node entry = reading.out.entry("login-policy", Prefix + "netconf");
    entry.leaf("root-login", identityOf(RootLogin::Denied));
    entry.leaf("empty-password-login", false);
    entry.leaf("auth-method", "publickey");
    entry.leaf("confidence", "effective");
    entry.leaf("evidence", "femtowatch-agent authenticates its own users, by public key only");
}

bool nothingThere(const Root& root)
{
    return !hasPam(root) && !root.exists("/etc/ssh/sshd_config") && root.list("/proc").empty()
        && !root.exists("/etc/default/dropbear") && !root.exists("/etc/config/dropbear");
}

} // namespace

void readRemoteLogin(Reading& reading)
{
    if (nothingThere(reading.root)) {
        throw Absent("no sshd_config, no dropbear, no PAM and no /proc");
    }
    LoginDefs defs;
    try {
        defs = readLoginDefs(reading.root);
    } catch (const std::exception& e) {
        reading.failed("/etc/login.defs", e);
    }
    const SshDaemons daemons = sshDaemons(reading.root);
    for (const Reading::Failure& failure : daemons.failures) {
        reading.failed(failure.source, failure.reason, failure.error);
    }
    if (const auto ssh = sshPolicy(reading, daemons, defs)) {
        writeSsh(reading, *ssh);
    }
    if (daemons.agent) {
        writeNetconf(reading);
    }
    for (const LoginService& service : loginServices(reading.root, reading.settings)) {
        if (service.type != Prefix + "console-login") {
            writeByPam(reading, service, defs);
        }
    }
}

} // namespace agent
