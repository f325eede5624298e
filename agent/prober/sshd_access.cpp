#include "agent/prober/sshd_access.h"
#include "agent/prober/accounts.h"
#include "common/text.h"

#include <algorithm>
#include <optional>

namespace agent {

namespace {

using Matching = std::vector<size_t>;

std::string joined(const std::vector<std::string>& words)
{
    std::string all;
    for (const std::string& word : words) {
        all += (all.empty() ? "" : " ") + word;
    }
    return all;
}

[[noreturn]] void refuse(const SshdValue& value)
{
    throw ParseError(
        value.where + ": sshd refuses " + value.keyword + " " + text::quoted(joined(value.words)));
}

uint32_t number(const SshdConfig& config, std::string_view keyword, uint32_t otherwise,
    const Matching& matching)
{
    const auto value = config.value(keyword, matching);
    if (!value) {
        return otherwise;
    }
    const auto parsed = text::number<int32_t>(value->words.front());
    if (!parsed) {
        refuse(*value);
    }
    return static_cast<uint32_t>(std::max(*parsed, 0));
}

uint32_t seconds(const SshdConfig& config, std::string_view keyword, uint32_t otherwise,
    const Matching& matching)
{
    const auto value = config.value(keyword, matching);
    if (!value) {
        return otherwise;
    }
    const auto parsed = sshdTime(value->words.front());
    if (!parsed) {
        refuse(*value);
    }
    return *parsed;
}

RootLogin permitted(const SshdConfig& config, const Matching& matching)
{
    constexpr std::pair<std::string_view, RootLogin> Words[] = { { "yes", RootLogin::Permitted },
        { "no", RootLogin::Denied }, { "prohibit-password", RootLogin::KeyOnly },
        { "without-password", RootLogin::KeyOnly },
        { "forced-commands-only", RootLogin::ForcedCommand } };
    const auto value = config.value("permitrootlogin", matching);
    if (!value) {
        return RootLogin::KeyOnly;
    }
    for (const auto& [word, mode] : Words) {
        if (text::equalsIgnoringCase(value->words.front(), word)) {
            return mode;
        }
    }
    refuse(*value);
}

/// Methods that can succeed, with what AuthenticationMethods makes of them.
struct Methods {
    std::set<std::string> offered {};
    bool password = false; // alone is enough
    bool other = false; // keys, host-based or GSSAPI are enough without a password
};

bool isPassword(std::string_view method)
{
    return method == "password" || method == "keyboard-interactive";
}

Methods methodsOf(const SshdConfig& config, const Matching& matching)
{
    std::set<std::string> available;
    const auto add = [&](const char* keyword, bool otherwise, const char* method) {
        if (sshdFlag(config, keyword, otherwise, matching)) {
            available.insert(method);
        }
    };
    add("pubkeyauthentication", true, "publickey");
    add("passwordauthentication", true, "password");
    add("hostbasedauthentication", false, "hostbased");
    add("gssapiauthentication", false, "gssapi-with-mic");
    // PAM is the only device of keyboard-interactive on Linux.
    if (sshdFlag(config, "usepam", false)) {
        add("kbdinteractiveauthentication", true, "keyboard-interactive");
    }
    const auto lists = config.value("authenticationmethods", matching);
    Methods methods;
    if (!lists || lists->words.front() == "any") {
        methods.offered = available;
        for (const std::string& method : available) {
            (isPassword(method) ? methods.password : methods.other) = true;
        }
        return methods;
    }
    for (const std::string& list : lists->words) {
        std::set<std::string> needed;
        for (const std::string_view method : text::fields(list, ',')) {
            needed.emplace(method.substr(0, method.find(':')));
        }
        if (!std::ranges::includes(available, needed)) {
            continue; // can never be completed
        }
        methods.password = methods.password || std::ranges::all_of(needed, isPassword);
        methods.other = methods.other || std::ranges::none_of(needed, isPassword);
        methods.offered.merge(needed);
    }
    return methods;
}

/// Patterns of AllowUsers and DenyUsers: "user" or "user@host".
bool listed(const SshdConfig& config, std::string_view keyword, const Matching& matching,
    const std::vector<std::string>& names, bool alsoWithHost, std::set<std::string>& evidence)
{
    for (const SshdValue& value : config.values(keyword, matching)) {
        for (const std::string& pattern : value.words) {
            const size_t at = pattern.find('@');
            if (at != pattern.npos && !alsoWithHost) {
                continue;
            }
            for (const std::string& name : names) {
                if (sshdPattern(name, std::string_view(pattern).substr(0, at))) {
                    evidence.insert(evidenceOf(value));
                    return true;
                }
            }
        }
    }
    return false;
}

/// allowed_user() of auth.c; hosts are taken to be those that help.
bool admitted(const SshdConfig& config, const Matching& matching, const RootUser& user,
    std::set<std::string>& evidence)
{
    const std::vector<std::string> name { user.name };
    std::set<std::string> allowing;
    if (listed(config, "denyusers", matching, name, false, evidence)
        || listed(config, "denygroups", matching, user.groups, false, evidence)) {
        return false;
    }
    for (const auto& [keyword, names, hosts] :
        { std::tuple("allowusers", &name, true), std::tuple("allowgroups", &user.groups, false) }) {
        const auto values = config.values(keyword, matching);
        if (!values.empty() && !listed(config, keyword, matching, *names, hosts, allowing)) {
            evidence.insert(evidenceOf(values.front()));
            return false;
        }
    }
    return true;
}

/// Sessions that are ended: those whose client does not answer, and idle ones (ChannelTimeout).
uint32_t idle(const SshdConfig& config, const Matching& matching)
{
    const uint32_t interval = seconds(config, "clientaliveinterval", 0, matching);
    const uint32_t count = number(config, "clientalivecountmax", 3, matching);
    uint64_t shortest = uint64_t { interval } * count; // a count of 0 ends none
    if (const auto timeout = config.value("channeltimeout", matching)) {
        for (const std::string& word : timeout->words) {
            const size_t at = std::min(word.find('='), word.size());
            const auto time
                = sshdTime(std::string_view(word).substr(std::min(at + 1, word.size())));
            const bool session = sshdPattern("session:shell", word.substr(0, at))
                || word.substr(0, at) == "session" || word.substr(0, at) == "global";
            if (session && time && *time > 0) {
                shortest = shortest == 0 ? *time : std::min<uint64_t>(shortest, *time);
            }
        }
    }
    return static_cast<uint32_t>(std::min<uint64_t>(shortest, UINT32_MAX));
}

RootLogin rootWith(const Methods& methods, RootLogin permit, const RootHurdles& hurdles)
{
    if (permit == RootLogin::Denied || hurdles.refused) {
        return RootLogin::Denied;
    }
    if (permit == RootLogin::Permitted && methods.password && !hurdles.passwordRefused) {
        return RootLogin::Permitted;
    }
    if (!methods.other) {
        return RootLogin::Denied;
    }
    return permit == RootLogin::ForcedCommand ? permit : RootLogin::KeyOnly;
}

RootLogin rootLogin(const SshdConfig& config, const Matching& matching, const Methods& methods,
    const RootHurdles& hurdles, std::set<std::string>& evidence)
{
    RootLogin weakest = RootLogin::Denied;
    const RootLogin mode = rootWith(methods, permitted(config, matching), hurdles);
    for (const RootUser& user : hurdles.users) {
        if (admitted(config, matching, user, evidence)) {
            weakest = std::max(weakest, mode);
        }
    }
    return weakest;
}

} // namespace

std::string identityOf(RootLogin mode)
{
    constexpr const char* Names[] = { "root-login-denied", "root-login-forced-command",
        "root-login-key-only", "root-login-permitted" };
    return std::string("femto-security-types:") + Names[static_cast<size_t>(mode)];
}

std::vector<RootUser> rootUsers(Reading& reading)
{
    const auto contentOf = [&reading](const char* file) {
        try {
            return reading.root.readIfThere(file).value_or("");
        } catch (const std::exception& e) {
            reading.failed(file, e);
            return std::string();
        }
    };
    std::vector<RootUser> users;
    const std::vector<Group> groups = parseGroup(contentOf("/etc/group"), "/etc/group");
    for (const User& user : parsePasswd(contentOf("/etc/passwd"), "/etc/passwd")) {
        if (user.uid != 0) {
            continue;
        }
        RootUser found { user.name, {} };
        for (const Group& group : groups) {
            if (group.gid == user.gid
                || std::ranges::find(group.members, user.name) != group.members.end()) {
                found.groups.push_back(group.name);
            }
        }
        users.push_back(std::move(found));
    }
    if (users.empty()) {
        users.push_back({ "root", { "root" } });
    }
    return users;
}

bool sshdFlag(const SshdConfig& config, std::string_view keyword, bool otherwise,
    const std::vector<size_t>& matching)
{
    const auto value = config.value(keyword, matching);
    if (!value) {
        return otherwise;
    }
    if (value->words.size() > 1) {
        refuse(*value);
    }
    const bool yes = text::equalsIgnoringCase(value->words.front(), "yes");
    if (!yes && !text::equalsIgnoringCase(value->words.front(), "no")) {
        refuse(*value);
    }
    return yes;
}

std::string evidenceOf(const SshdValue& value)
{
    return value.where + ": " + value.keyword + " " + joined(value.words);
}

SshdAccess sshdAccess(
    const SshdConfig& config, const std::vector<size_t>& matching, const RootHurdles& hurdles)
{
    SshdAccess access;
    const Methods methods = methodsOf(config, matching);
    access.methods = methods.offered;
    access.password = methods.password;
    access.root = rootLogin(config, matching, methods, hurdles, access.evidence);
    access.emptyPassword
        = sshdFlag(config, "permitemptypasswords", false, matching) && methods.password;
    access.maxAuthTries = number(config, "maxauthtries", 6, matching);
    access.idleTimeout = idle(config, matching);
    for (const char* keyword :
        { "permitrootlogin", "passwordauthentication", "kbdinteractiveauthentication",
            "pubkeyauthentication", "authenticationmethods", "permitemptypasswords", "maxauthtries",
            "clientaliveinterval", "clientalivecountmax", "channeltimeout" }) {
        if (const auto value = config.value(keyword, matching)) {
            access.evidence.insert(evidenceOf(*value));
        }
    }
    if (!config.value("permitrootlogin", matching)) {
        access.evidence.insert("sshd default: PermitRootLogin prohibit-password");
    }
    return access;
}

} // namespace agent
