// Users, groups and the privileges that they hold or can gain: passwd(5), shadow(5), group(5),
// sudoers(5), doas.conf(5), polkit(8), authorized_keys of sshd(8), setuid bits and file
// capabilities.
#include "agent/prober/account_database.h"
#include "agent/prober/authorized_keys.h"
#include "agent/prober/hash_cache.h"
#include "agent/prober/privilege_grants.h"
#include "agent/prober/setuid_files.h"
#include "agent/prober/ssh_daemons.h"
#include "common/clock.h"
#include "common/text.h"

#include <algorithm>
#include <array>
#include <set>

namespace agent {

namespace {

using Strings = std::set<std::string>;

void leaves(yang::Node node, const char* name, const Strings& values)
{
    for (const std::string& value : values) {
        node.leaf(name, text::carried(value));
    }
}

const char* stateName(LoginState::Password state)
{
    switch (state) {
    case LoginState::Password::Set:
        return "femto-security-types:password-set";
    case LoginState::Password::Locked:
        return "femto-security-types:password-locked";
    case LoginState::Password::Unusable:
        return "femto-security-types:password-unusable";
    case LoginState::Password::Empty:
        return "femto-security-types:password-empty";
    case LoginState::Password::Expired:
        return "femto-security-types:password-expired";
    case LoginState::Password::Unknown:
        break;
    }
    return "femto-security-types:password-unknown";
}

std::string place(const std::string& file, size_t line)
{
    return line == 0 ? file : file + ":" + std::to_string(line); // a record is a file of its own
}

/// login(1) and sshd start no session with these; one that is not there neither. An image without
/// /bin/sh is no whole system: there nothing is said of a shell that is missing.
bool isLoginShell(const Root& root, const std::string& shell)
{
    constexpr std::string_view Refusing[] = { "nologin", "false", "true", "sync" };
    const std::string name = shell.substr(shell.rfind('/') + 1);
    if (!shell.starts_with('/') || std::ranges::find(Refusing, name) != std::end(Refusing)) {
        return false;
    }
    const auto what = root.status(shell);
    if (!what) {
        return !root.exists("/bin/sh");
    }
    return S_ISREG(what->st_mode) && (what->st_mode & 0111) != 0;
}

struct Keys {
    bool known = true; // else there may be more
    Strings fingerprints;
    Strings notes;
};

/// Where SSH servers look for keys: AuthorizedKeysFile of each sshd, in any of its Match blocks.
struct KeyPlaces {
    bool known = true; // else there may be more
    Strings patterns {};
};

KeyPlaces keyPlaces(const Root& root)
{
    const SshDaemons daemons = sshDaemons(root);
    KeyPlaces places;
    places.known = daemons.failures.empty(); // remote-login says which they are
    const auto add = [&places](const std::vector<SshdValue>& values) {
        for (const SshdValue& value : values) {
            places.patterns.insert(value.words.begin(), value.words.end());
        }
    };
    bool defaults = daemons.sshd.empty() || !daemons.dropbear.empty();
    for (const Sshd& sshd : daemons.sshd) {
        const auto global = sshd.config.values("authorizedkeysfile");
        defaults = defaults || global.empty();
        add(global);
        for (const SshdScope& scope : sshd.config.scopes) {
            const auto found = scope.values.find("authorizedkeysfile");
            if (found != scope.values.end()) {
                add(found->second);
            }
        }
    }
    if (defaults) {
        places.patterns.insert({ ".ssh/authorized_keys", ".ssh/authorized_keys2" });
    }
    return places;
}

Keys keysOf(Reading& reading, const User& user, const KeyPlaces& places)
{
    Keys keys { places.known, {}, {} };
    std::vector<std::string> files;
    for (const std::string& pattern : places.patterns) {
        for (std::string& file : authorizedKeyFiles(pattern, user.name, user.uid, user.home)) {
            files.push_back(std::move(file));
        }
    }
    if (user.uid == 0) {
        files.push_back("/etc/dropbear/authorized_keys"); // OpenWrt's dropbear, for root
    }
    for (const std::string& file : files) {
        try { // boundary: one file of a user
            const auto all = reading.root.readIfThere(file);
            const AuthorizedKeys found = parseAuthorizedKeys(all.value_or(""));
            keys.fingerprints.insert(found.fingerprints.begin(), found.fingerprints.end());
            for (const size_t line : found.unreadable) {
                keys.notes.insert(place(file, line) + ": no key");
            }
        } catch (const std::exception& e) {
            reading.failed(text::carried(file), e);
            keys.known = false;
        }
    }
    return keys;
}

struct Privileges {
    bool known = true; // else others may have them, too
    std::vector<Grant> grants;
    std::set<uint32_t> groups; // whose members may become root
    std::set<std::string> users;
};

/// Groups that own what root's power can be taken from: disks and memory as devices, and the
/// sockets of daemons that start containers with any mount.
constexpr std::string_view PowerfulGroups[]
    = { "disk", "kmem", "docker", "lxd", "incus", "libvirt", "podman", "shadow" };

Privileges privilegesOf(Reading& reading, const Accounts& accounts)
{
    Privileges out;
    const size_t failures = reading.failures.size();
    try { // boundary: sudoers that are too many to be worked out
        out.grants = sudoGrants(readSudoers(reading), accounts, reading.root);
    } catch (const std::length_error& e) {
        reading.failed("/etc/sudoers", "truncated", std::string("/etc/sudoers: ") + e.what());
    }
    for (auto& more : { doasGrants(reading, accounts), polkitGrants(reading, accounts) }) {
        out.grants.insert(out.grants.end(), more.begin(), more.end());
    }
    out.known = accounts.groupsKnown() && reading.failures.size() == failures;
    out.groups.insert(0);
    for (const Group& group : accounts.groups()) {
        if (std::ranges::find(PowerfulGroups, group.name) != std::end(PowerfulGroups)) {
            out.groups.insert(group.gid);
        }
    }
    for (const Grant& grant : out.grants) {
        if (!grant.givesRoot) {
            continue;
        }
        for (const size_t user : grant.users) {
            out.users.insert(accounts.users()[user].name);
        }
        if (grant.principal.starts_with("%#")) {
            const auto gid = text::number<uint32_t>(grant.principal.substr(2));
            out.groups.insert(gid.value_or(0));
        } else if (const Group* group = grant.principal.starts_with('%')
                ? accounts.group(grant.principal.substr(1))
                : nullptr) {
            out.groups.insert(group->gid);
        }
    }
    for (const User& user : accounts.users()) {
        if (user.uid == 0 || std::ranges::any_of(out.groups, [&](uint32_t gid) {
                return accounts.isMember(user, gid);
            })) {
            out.users.insert(user.name);
        }
    }
    return out;
}

void writeGrants(Reading& reading, const Privileges& privileges)
{
    struct Written {
        bool noAuthentication = false;
        Strings evidence;
    };
    std::map<std::array<std::string, 3>, Written> byKey; // sudo and doas may give the same
    for (const Grant& grant : privileges.grants) {
        Written& one = byKey[{ text::carried(grant.principal), text::carried(grant.runAs),
            text::carried(grant.command) }];
        one.noAuthentication = one.noAuthentication || grant.noAuthentication;
        one.evidence.insert(grant.evidence.begin(), grant.evidence.end());
    }
    for (const auto& [key, one] : byKey) {
        const yang::Node node = reading.out.entry("privilege-grant", { key[0], key[1], key[2] });
        node.leaf("no-authentication", one.noAuthentication);
        leaves(node, "evidence", one.evidence);
    }
}

void writeUser(Reading& reading, const Accounts& accounts, const Privileges& privileges,
    const KeyPlaces& places, const User& user, Strings evidence)
{
    const yang::Node node = reading.out.entry("user", text::carried(user.name));
    node.leaf("uid", user.uid);
    node.leaf("primary-group", text::carried(accounts.groupName(user.gid)));
    leaves(node, "group", accounts.listedIn(user));
    const std::string shell = user.shell.empty() ? "/bin/sh" : user.shell;
    node.leaf("shell", text::carried(shell));
    const LoginState login = accounts.login(user);
    const Keys keys = keysOf(reading, user, places);
    using State = LoginState::Password;
    const bool byPassword = login.password == State::Set || login.password == State::Empty
        || login.password == State::Expired;
    const bool barred = !isLoginShell(reading.root, shell) || login.accountExpired;
    const bool any = byPassword || !keys.fingerprints.empty();
    // What is not known is left out.
    if (barred || any || (login.password != State::Unknown && keys.known)) {
        node.leaf("login-enabled", any && !barred);
    }
    const bool privileged = privileges.users.contains(user.name);
    if (privileged || privileges.known) {
        node.leaf("privileged", privileged);
    }
    node.leaf("password-state", stateName(login.password));
    if (!login.scheme.empty()) {
        node.leaf("hash-scheme", login.scheme);
    }
    if (login.changed > 0) {
        node.leaf(
            "password-changed", wall::dateAndTime(wall::Time(std::chrono::days(login.changed))));
    }
    leaves(node, "authorized-key-fingerprint", keys.fingerprints);
    node.leaf("origin", user.origin);
    evidence.insert(keys.notes.begin(), keys.notes.end());
    leaves(node, "evidence", evidence);
}

void writeUsers(Reading& reading, const Accounts& accounts, const Privileges& privileges)
{
    const KeyPlaces places = keyPlaces(reading.root);
    std::map<std::string, std::vector<const User*>> byName;
    for (const User& user : accounts.users()) {
        byName[text::carried(user.name)].push_back(&user);
    }
    for (const auto& [name, entries] : byName) {
        Strings evidence;
        for (const User* user : entries) {
            evidence.insert(place(user->source, user->line)
                + (user == entries.front() ? ""
                                           : ": named again, uid " + std::to_string(user->uid)));
        }
        writeUser(reading, accounts, privileges, places, *entries.front(), evidence);
    }
}

void writeGroups(Reading& reading, const Accounts& accounts, const Privileges& privileges)
{
    std::map<std::string, std::vector<const Group*>> byName;
    for (const Group& group : accounts.groups()) {
        byName[text::carried(group.name)].push_back(&group);
    }
    std::multimap<uint32_t, std::string> primary;
    for (const User& user : accounts.users()) {
        primary.emplace(user.gid, user.name);
    }
    for (const auto& [name, entries] : byName) {
        const yang::Node node = reading.out.entry("group", name);
        node.leaf("gid", entries.front()->gid);
        Strings members;
        for (const Group* group : entries) {
            members.insert(group->members.begin(), group->members.end());
        }
        for (auto [at, end] = primary.equal_range(entries.front()->gid); at != end; ++at) {
            members.insert(at->second);
        }
        leaves(node, "member", members);
        const bool privileged = privileges.groups.contains(entries.front()->gid);
        if (privileged || privileges.known) {
            node.leaf("privileged", privileged);
        }
    }
}

std::string mode(mode_t bits)
{
    std::string digits;
    for (int shift = 9; shift >= 0; shift -= 3) {
        digits += static_cast<char>('0' + (bits >> shift & 7));
    }
    return digits;
}

void writeSetuidFiles(Reading& reading, const Names& names)
{
    Strings written;
    for (const SetuidFile& file : setuidFiles(reading)) {
        const std::string path = text::carried(file.path);
        if (!written.insert(path).second) {
            continue;
        }
        const yang::Node node = reading.out.entry("setuid-file", path);
        node.leaf("owner", names.user(file.what.st_uid) + ":" + names.group(file.what.st_gid));
        node.leaf("mode", mode(file.what.st_mode));
        for (const std::string& capability : file.capabilities) {
            node.leaf("capability", capability);
        }
        node.leaf("writable-by-others", (file.what.st_mode & 0022) != 0);
        try { // boundary: one file
            const Measured hash = reading.hashes.measure(reading.root.open(file.path).get());
            if (hash.state == Measured::State::Measured) {
                node.leaf("hash", hash.hash);
            }
            reading.unfinished = reading.unfinished || hash.state == Measured::State::Pending;
        } catch (const std::exception& e) {
            reading.failed(path, e);
        }
    }
}

} // namespace

void readUserPermissions(Reading& reading)
{
    const Accounts accounts(reading);
    const Privileges privileges = privilegesOf(reading, accounts);
    writeUsers(reading, accounts, privileges);
    writeGroups(reading, accounts, privileges);
    writeGrants(reading, privileges);
    writeSetuidFiles(reading, Names(reading.root));
}

} // namespace agent
