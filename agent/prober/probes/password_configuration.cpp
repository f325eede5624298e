// What a new password must be like, for each login service: pam.d(5), pwquality.conf(5),
// login.defs(5), sshd_config(5).
#include "agent/prober/login_services.h"
#include "agent/prober/pam_auth.h"
#include "agent/prober/probe.h"
#include "agent/prober/ssh_daemons.h"
#include "agent/prober/sshd_access.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

const std::string Prefix = "femto-security-types:";

/// How sshd takes passwords: by PAM, by itself, or not at all.
struct SshPasswords {
    bool present = false;
    bool accepted = false;
    bool byPam = false;
    bool withoutPam = false;
    bool running = false;
    bool empty = false; // PermitEmptyPasswords, which is all that counts without PAM
    std::string pamService = "sshd";
    std::set<std::string> evidence {};
};

void look(const Sshd& sshd, SshPasswords& out)
{
    std::vector<std::vector<size_t>> sets { {} };
    for (size_t i = 0; i < sshd.config.scopes.size(); ++i) {
        if (meets(sshd.config.scopes[i], sshd.ports) != Meets::Never) {
            sets.push_back({ i });
        }
    }
    const bool pam = sshdFlag(sshd.config, "usepam", false);
    out.present = true;
    out.running = out.running || sshd.running;
    for (const std::vector<size_t>& set : sets) {
        const SshdAccess access = sshdAccess(sshd.config, set, { {}, false, false });
        for (const char* keyword : { "passwordauthentication", "kbdinteractiveauthentication",
                 "authenticationmethods", "usepam" }) {
            const auto value = sshd.config.value(keyword, set);
            if (value && (set.empty() || access.password)) {
                out.evidence.insert(evidenceOf(*value));
            }
        }
        const bool password = std::ranges::any_of(access.methods, [](const std::string& one) {
            return one == "password" || one == "keyboard-interactive";
        });
        if (password) {
            out.accepted = true;
            out.empty = out.empty || (!pam && access.emptyPassword);
            (pam ? out.byPam : out.withoutPam) = true;
            out.pamService = sshd.config.word("pamservicename", out.pamService, set);
        }
    }
    if (!sshd.stale.empty()) {
        out.evidence.insert(sshd.stale);
    }
}

SshPasswords sshPasswords(Reading& reading, const SshDaemons& daemons)
{
    SshPasswords out;
    for (const Sshd& sshd : daemons.sshd) {
        try {
            look(sshd, out);
        } catch (const std::exception& e) {
            reading.failed(sshd.label, e);
        }
    }
    for (const Dropbear& dropbear : daemons.dropbear) {
        out.present = true;
        out.running = out.running || dropbear.running;
        out.accepted = out.accepted || dropbear.password;
        out.withoutPam = out.withoutPam || dropbear.password;
        out.empty = out.empty || (dropbear.password && dropbear.blankPassword);
        out.evidence.insert(dropbear.where + ": " + dropbear.label
            + (dropbear.password ? " takes passwords" : " takes keys only (-s)"));
    }
    return out;
}

/// The one that lets more passwords pass.
const ServicePolicy& weaker(const ServicePolicy& a, const ServicePolicy& b)
{
    const auto strength = [](const ServicePolicy& one) {
        return std::tuple(one.policy.enforced, one.policy.minLength, one.policy.minClasses);
    };
    return strength(a) <= strength(b) ? a : b;
}

void writeAges(const yang::Node& entry, const LoginDefs& defs, std::set<std::string>& evidence)
{
    constexpr uint32_t Never = 99999; // as useradd(8) and chage(1) have it
    for (const auto& [name, leaf] :
        { std::pair("PASS_MAX_DAYS", "max-age"), std::pair("PASS_MIN_DAYS", "min-age") }) {
        const auto value = defs.shadow(name);
        if (!value) {
            continue;
        }
        const auto days = text::number<int32_t>(value->text);
        if (!days) {
            throw ParseError(value->where + ": " + name + " is " + text::quoted(value->text));
        }
        const auto count = static_cast<uint32_t>(std::max(*days, 0));
        const bool limit = *days >= 0 && count < Never;
        if (std::string_view(leaf) == "min-age" || limit) {
            entry.leaf(leaf, count);
        }
        evidence.insert(value->where + ": " + name + " " + value->text);
    }
}

void writePolicy(const yang::Node& entry, const PasswordPolicy& policy)
{
    constexpr int Most = UINT16_MAX;
    entry.leaf("enforced", policy.enforced);
    if (!policy.changeable) {
        return;
    }
    entry.leaf("min-length", std::clamp(policy.minLength, 0, Most));
    entry.leaf("min-classes", policy.minClasses);
    entry.leaf("min-upper", std::clamp(policy.minUpper, 0, Most));
    entry.leaf("min-lower", std::clamp(policy.minLower, 0, Most));
    entry.leaf("min-digit", std::clamp(policy.minDigit, 0, Most));
    entry.leaf("min-special", std::clamp(policy.minSpecial, 0, Most));
    entry.leaf("history", std::clamp(policy.history, 0, Most));
    entry.leaf("dictionary-check", policy.dictionary);
    entry.leaf("username-check", policy.username);
    entry.leaf("enforced-for-root", policy.enforcedForRoot);
    entry.leaf("hash-scheme", policy.hashScheme);
}

void writeEvidence(const yang::Node& entry, const std::set<std::string>& evidence)
{
    std::set<std::string> carried;
    for (const std::string& one : evidence) {
        carried.insert(text::carried(one));
    }
    for (const std::string& one : carried) {
        entry.leaf("evidence", one);
    }
}

/// Whether the scheme is that of an argument, which login.defs does not change.
bool saysHash(const PasswordPolicy& policy)
{
    return std::ranges::any_of(policy.evidence, [](const std::string& one) {
        return one.starts_with("pam_unix.so ") && one.find("nullok") == one.npos
            && one.find("minlen=") == one.npos && one.find("remember=") == one.npos;
    });
}

class Writer {
public:
    explicit Writer(Reading& reading)
        : reading_(reading)
    {
        try {
            defs_ = readLoginDefs(reading.root);
        } catch (const std::exception& e) {
            defsKnown_ = false;
            reading.failed("/etc/login.defs", e);
        }
    }

    const LoginDefs& defs() const { return defs_; }

    /// Policies of single services that fail leave the others alone.
    void service(const std::string& type, const std::string& pam, bool running, bool alsoPasswd,
        std::set<std::string> evidence, std::optional<bool> empty = std::nullopt)
    {
        const yang::Node entry = reading_.out.entry("policy", type);
        entry.leaf("password-login", true);
        bool inferred = false;
        try {
            const PasswordSources sources { reading_.root, defs_, isDebian(reading_.root) };
            ServicePolicy found = policyOf(reading_.root, pam, sources);
            if (alsoPasswd) {
                found = weaker(found, policyOf(reading_.root, "passwd", sources));
            }
            inferred = found.inferred;
            if (!defsKnown_ && !saysHash(found.policy)) {
                found.policy.hashScheme = "unknown";
            }
            writePolicy(entry, found.policy);
            evidence.merge(found.policy.evidence);
        } catch (const std::exception& e) {
            reading_.failed("PAM service " + pam, e);
        }
        if (defsKnown_) {
            try {
                writeAges(entry, defs_, evidence);
            } catch (const std::exception& e) {
                reading_.failed("/etc/login.defs", e);
            }
        }
        if (empty) {
            entry.leaf("empty-password-permitted", *empty);
        } else {
            writeEmpty(entry, pam, evidence);
        }
        entry.leaf("confidence",
            inferred                              ? "inferred"
                : running || reading_.root.live() ? "effective"
                                                  : "declared");
        writeEvidence(entry, evidence);
    }

private:
    void writeEmpty(
        const yang::Node& entry, const std::string& pam, std::set<std::string>& evidence)
    try {
        const auto service = readPam(reading_.root, pam);
        if (!service || (service->rules.empty() && service->other.empty())) {
            return;
        }
        const LoginLimits limits = loginLimits(service->stack(PamType::Auth), reading_.root, defs_);
        entry.leaf("empty-password-permitted", limits.emptyPassword);
        for (const std::string& one : limits.evidence) {
            if (one.find("nullok") != one.npos) {
                evidence.insert(one);
            }
        }
    } catch (const std::exception& e) {
        reading_.failed("PAM service " + pam, e);
    }

    Reading& reading_;
    LoginDefs defs_ {};
    bool defsKnown_ = true;
};

void writeSsh(Reading& reading, Writer& writer, const SshDaemons& daemons)
{
    const SshPasswords ssh = sshPasswords(reading, daemons);
    const bool pamFile = reading.root.exists("/etc/pam.d/sshd");
    if (!ssh.present) {
        if (pamFile && daemons.failures.empty()) {
            writer.service(
                Prefix + "ssh", "sshd", false, false, { "no sshd_config, but /etc/pam.d/sshd" });
        }
        return;
    }
    if (ssh.accepted) {
        const bool direct = ssh.withoutPam && !ssh.byPam;
        writer.service(Prefix + "ssh", direct ? "passwd" : ssh.pamService, ssh.running,
            ssh.withoutPam, ssh.evidence, direct ? std::optional(ssh.empty) : std::nullopt);
        return;
    }
    const yang::Node entry = reading.out.entry("policy", Prefix + "ssh");
    entry.leaf("password-login", false);
    entry.leaf("confidence", ssh.running ? "effective" : "declared");
    writeEvidence(entry, ssh.evidence);
}

bool nothingThere(const Root& root)
{
    return !hasPam(root) && !root.exists("/etc/login.defs") && !root.exists("/etc/ssh/sshd_config")
        && !root.exists("/proc/self") && root.list("/proc").empty();
}

} // namespace

void readPasswordConfiguration(Reading& reading)
{
    if (nothingThere(reading.root)) {
        throw Absent("no PAM, no /etc/login.defs, no sshd_config and no /proc");
    }
    const SshDaemons daemons = sshDaemons(reading.root);
    for (const Reading::Failure& failure : daemons.failures) {
        reading.failed(failure.source, failure.reason, failure.error);
    }
    Writer writer(reading);
    writeSsh(reading, writer, daemons);
    if (daemons.agent) {
        const yang::Node entry = reading.out.entry("policy", Prefix + "netconf");
        entry.leaf("password-login", false);
        entry.leaf("confidence", "effective");
        writeEvidence(entry, { "femtowatch-agent authenticates by public key only" });
    }
    const auto services = loginServices(reading.root, reading.settings);
    for (const LoginService& service : services) {
        writer.service(service.type, service.pam, false, false, {});
    }
    if (services.empty() && reading.out.children("policy").empty() && reading.failures.empty()
        && hasPam(reading.root)) {
        writer.service(Prefix + "console-login", "login", false, false, {});
    }
}

} // namespace agent
