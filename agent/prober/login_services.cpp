#include "agent/prober/login_services.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

bool any(const Root& root, std::initializer_list<const char*> paths)
{
    return std::ranges::any_of(paths, [&](const char* path) { return root.exists(path); });
}

std::optional<std::string> webService(const Root& root, const Settings& settings)
{
    if (!settings.webService.empty()) {
        return settings.webService;
    }
    for (const char* name : { "webui", "web", "httpd", "lighttpd", "nginx", "apache2", "luci",
             "uhttpd", "cockpit", "webmin" }) {
        if (root.exists(std::string("/etc/pam.d/") + name)
            || root.exists(std::string("/usr/lib/pam.d/") + name)) {
            return name;
        }
    }
    return std::nullopt;
}

bool hasPasswordRules(const PamService& service)
{
    return std::ranges::any_of(
        service.rules, [](const PamRule& rule) { return rule.type == PamType::Password; });
}

/// passwd(1) of shadow without PAM (lib/obscure.c), else the applet of BusyBox.
PasswordPolicy withoutPam(const LoginDefs& defs)
{
    PasswordPolicy policy;
    policy.changeable = policy.enforced = true;
    if (defs.last.empty()) {
        policy.minLength = 6;
        policy.evidence.insert("no PAM and no login.defs: BusyBox passwd asks for 6 characters");
        return policy;
    }
    const auto length = defs.shadow("PASS_MIN_LEN");
    policy.minLength = 5;
    if (length) {
        const auto number = text::number<int>(length->text);
        if (!number) {
            throw ParseError(length->where + ": PASS_MIN_LEN is " + text::quoted(length->text));
        }
        policy.minLength = std::max(*number, 1);
    }
    policy.evidence.insert(length ? length->where + ": PASS_MIN_LEN " + length->text
                                  : "shadow default: PASS_MIN_LEN 5");
    constexpr std::pair<std::string_view, const char*> Methods[]
        = { { "SHA512", "sha512crypt" }, { "SHA256", "sha256crypt" }, { "MD5", "md5crypt" },
              { "BCRYPT", "bcrypt" }, { "YESCRYPT", "yescrypt" }, { "DES", "descrypt" } };
    const auto method = defs.shadow("ENCRYPT_METHOD");
    policy.hashScheme = "descrypt";
    for (const auto& [name, scheme] : Methods) {
        if (method && method->text == name) {
            policy.hashScheme = scheme;
            policy.evidence.insert(method->where + ": ENCRYPT_METHOD " + method->text);
        }
    }
    return policy;
}

} // namespace

std::vector<LoginService> loginServices(const Root& root, const Settings& settings)
{
    const std::string prefix = "femto-security-types:";
    std::vector<LoginService> services;
    const bool console
        = any(root, { "/etc/pam.d/login", "/usr/lib/pam.d/login", "/bin/login", "/usr/bin/login" });
    if (console || (!hasPam(root) && root.exists("/etc/login.defs"))) {
        services.push_back({ prefix + "console-login", "login", "login" });
    }
    if (const auto web = webService(root, settings)) {
        services.push_back({ prefix + "web-login", *web, *web });
    }
    if (any(root,
            { "/usr/sbin/telnetd", "/usr/sbin/in.telnetd", "/sbin/telnetd",
                "/usr/lib/telnetlogin" })) {
        // Fedora's login(1) uses "remote" for a login over the network.
        const bool remote = root.exists("/etc/pam.d/remote");
        services.push_back({ prefix + "telnet", remote ? "remote" : "login", "telnetd" });
    }
    for (const auto& [program, service] : { std::pair("vsftpd", "vsftpd"),
             std::pair("proftpd", "proftpd"), std::pair("pure-ftpd", "pure-ftpd"),
             std::pair("in.ftpd", "ftp"), std::pair("ftpd", "ftp") }) {
        if (root.exists(std::string("/usr/sbin/") + program)
            && root.exists(std::string("/etc/pam.d/") + service)) {
            services.push_back({ prefix + "ftp", service, program });
            break;
        }
    }
    return services;
}

bool hasPam(const Root& root)
{
    return any(root, { "/etc/pam.d", "/usr/lib/pam.d", "/etc/pam.conf" });
}

LoginDefs readLoginDefs(const Root& root)
{
    return parseLoginDefs(root.readIfThere("/etc/login.defs").value_or(""));
}

bool isDebian(const Root& root)
{
    auto release = root.readIfThere("/etc/os-release");
    release = release ? release : root.readIfThere("/usr/lib/os-release");
    if (!release || root.exists("/etc/debian_version")) {
        return true;
    }
    for (std::string_view line : text::lines(*release)) {
        if ((line.starts_with("ID=") || line.starts_with("ID_LIKE="))
            && (line.find("debian") != line.npos || line.find("ubuntu") != line.npos)) {
            return true;
        }
    }
    return false;
}

ServicePolicy policyOf(const Root& root, const std::string& service, const PasswordSources& sources)
{
    if (!hasPam(root)) {
        return { withoutPam(sources.defs), true };
    }
    for (const std::string& name : { service, std::string("passwd") }) {
        const auto pam = readPam(root, name);
        if (pam && hasPasswordRules(*pam)) {
            ServicePolicy found { passwordPolicy(pam->stack(PamType::Password), sources), false };
            found.policy.evidence.insert(pam->missing.begin(), pam->missing.end());
            if (name != service) {
                found.policy.evidence.insert(
                    "no password rules of " + service + ", those of passwd count");
            }
            return found;
        }
    }
    for (const char* shared : { "common-password", "system-auth", "password-auth" }) {
        const auto pam = readPam(root, shared);
        if (pam && hasPasswordRules(*pam)) {
            ServicePolicy found { passwordPolicy(pam->stack(PamType::Password), sources), true };
            found.policy.evidence.insert("no password rules of " + service
                + " and passwd, those of " + std::string(shared) + " are taken");
            return found;
        }
    }
    const auto pam = readPam(root, service);
    return { passwordPolicy(pam ? pam->stack(PamType::Password) : PamStack(), sources), false };
}

} // namespace agent
