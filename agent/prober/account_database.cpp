#include "agent/prober/account_database.h"

#include "agent/prober/user_records.h"
#include "common/text.h"

#include <algorithm>
#include <chrono>

namespace agent {

namespace {

/// nsswitch.conf names a service, but without its module libc gets nothing from it.
bool hasModule(const Root& root, const std::string& service)
{
    const std::string name = "/libnss_" + service + ".so.2";
    for (const char* folder :
        { "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/lib/*-linux-*", "/usr/lib/*-linux-*" }) {
        if (!root.glob(folder + name).empty()) {
            return true;
        }
    }
    return false;
}

/// Services that have users of their own, and those that only look at what is read here anyway.
void noteOtherServices(Reading& reading, const std::string& database)
{
    constexpr std::string_view Read[] = { "files", "extrausers", "systemd", "mymachines" };
    for (const std::string& service : nameServices(reading.root, database)) {
        if (std::ranges::find(Read, service) != std::end(Read)) {
            continue;
        }
        if (service == "compat" || hasModule(reading.root, service)) {
            reading.failed("nss:" + service, "source-missing",
                "/etc/nsswitch.conf: " + database + " also come from " + text::quoted(service)
                    + ", which is not read");
        }
    }
}

/// Users of systemd-homed are not read: their records are signed, and held with their homes.
void noteHomes(Reading& reading)
{
    for (const std::string& path : reading.root.glob("/var/lib/systemd/home/*.identity")) {
        reading.failed(text::carried(path), "source-missing",
            text::carried(path) + ": a user of systemd-homed, which is not read");
    }
}

bool names(const std::vector<std::string>& services, std::string_view service)
{
    return std::ranges::find(services, service) != services.end();
}

} // namespace

Accounts::Accounts(Reading& reading)
    : today_(std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())
                 .time_since_epoch()
                 .count())
{
    if (!reading.root.exists("/etc/passwd")) {
        throw Absent("no /etc/passwd");
    }
    const auto services = nameServices(reading.root, "passwd");
    const bool extra = names(services, "extrausers");
    const bool extraFirst
        = extra && std::ranges::find(services, "extrausers") < std::ranges::find(services, "files");
    if (extraFirst) {
        readFiles(reading, "/var/lib/extrausers", "extrausers");
    }
    readFiles(reading, "/etc", "files");
    if (extra && !extraFirst) {
        readFiles(reading, "/var/lib/extrausers", "extrausers");
    }
    if (names(services, "systemd") && hasModule(reading.root, "systemd")) {
        addRecords(readUserRecords(reading));
        noteHomes(reading);
    }
    noteOtherServices(reading, "passwd");
    noteOtherServices(reading, "group");
    boundMemberships(reading);
    index();
}

/// Entries of lists are bounded by max-entries one by one; what is in the lists of groups, which
/// can be all users each, is bounded here.
void Accounts::boundMemberships(Reading& reading)
{
    const size_t most = MembershipsForEntry * reading.settings.maxEntries;
    size_t left = most;
    for (Group& group : groups_) {
        if (group.members.size() > left) {
            group.members.resize(left);
            if (groupsKnown_) {
                reading.failed(group.source, "truncated",
                    group.source + ": more than " + std::to_string(most)
                        + " members of groups, from " + text::quoted(group.name) + " on");
            }
            groupsKnown_ = false;
        }
        left -= group.members.size();
    }
}

void Accounts::addRecords(UserRecords records)
{
    for (const auto& [user, name] : records.memberships) {
        for (std::vector<Group>* groups : { &groups_, &records.groups }) {
            const auto group = std::ranges::find(*groups, name, &Group::name);
            if (group != groups->end()) {
                group->members.push_back(user);
                break;
            }
        }
    }
    std::ranges::move(records.users, std::back_inserter(users_));
    std::ranges::move(records.groups, std::back_inserter(groups_));
    shadow_.merge(records.shadow);
    shadowKnown_ = shadowKnown_ && records.shadowKnown;
}

void Accounts::index()
{
    for (size_t i = 0; i < users_.size(); ++i) {
        userByName_.try_emplace(users_[i].name, i);
        userById_.try_emplace(users_[i].uid, i);
    }
    for (size_t i = 0; i < groups_.size(); ++i) {
        groupByName_.try_emplace(groups_[i].name, i);
        groupById_.try_emplace(groups_[i].gid, i);
        for (const std::string& member : groups_[i].members) {
            Listed& listed = listedIn_[member];
            listed.ids.insert(groups_[i].gid);
            listed.names.insert(groups_[i].name);
        }
    }
}

void Accounts::readFiles(Reading& reading, const std::string& folder, const std::string& origin)
{
    const std::string passwd = folder + "/passwd";
    if (reading.root.exists(passwd)) {
        const SecretText all(reading.root, passwd);
        std::vector<Skipped> skipped;
        for (User& user : parsePasswd(all.view(), passwd, &skipped)) {
            user.origin = origin;
            users_.push_back(std::move(user));
        }
        for (const Skipped& line : skipped) {
            reading.failed(
                passwd, "parse-error", passwd + ":" + std::to_string(line.line) + ": " + line.why);
        }
    }
    const std::string group = folder + "/group";
    std::string groups;
    try {
        groups = reading.root.readIfThere(group).value_or("");
    } catch (const std::system_error& e) { // boundary: without it members of groups are unknown
        groupsKnown_ = false;
        reading.failed(group, e);
    }
    std::vector<Skipped> skipped;
    for (Group& entry : parseGroup(groups, group, &skipped)) {
        groups_.push_back(std::move(entry));
    }
    for (const Skipped& line : skipped) {
        reading.failed(
            group, "parse-error", group + ":" + std::to_string(line.line) + ": " + line.why);
    }
    const std::string shadow = folder + "/shadow";
    try {
        if (reading.root.exists(shadow)) {
            const SecretText all(reading.root, shadow);
            for (auto& [name, entry] : parseShadow(all.view())) {
                shadow_.try_emplace(name, std::move(entry));
            }
        }
    } catch (const std::system_error& e) { // boundary: without it passwords are unknown
        shadowKnown_ = false;
        reading.failed(shadow, e);
    }
}

const User* Accounts::user(std::string_view name) const
{
    const auto found = userByName_.find(name);
    return found == userByName_.end() ? nullptr : &users_[found->second];
}

const User* Accounts::user(uint32_t uid) const
{
    const auto found = userById_.find(uid);
    return found == userById_.end() ? nullptr : &users_[found->second];
}

const Group* Accounts::group(std::string_view name) const
{
    const auto found = groupByName_.find(name);
    return found == groupByName_.end() ? nullptr : &groups_[found->second];
}

std::string Accounts::groupName(uint32_t gid) const
{
    const auto found = groupById_.find(gid);
    return found == groupById_.end() ? std::to_string(gid) : groups_[found->second].name;
}

bool Accounts::isMember(const User& user, uint32_t gid) const
{
    const auto listed = listedIn_.find(user.name);
    return user.gid == gid || (listed != listedIn_.end() && listed->second.ids.contains(gid));
}

std::set<std::string> Accounts::listedIn(const User& user) const
{
    const auto found = listedIn_.find(user.name);
    return found == listedIn_.end() ? std::set<std::string>() : found->second.names;
}

LoginState Accounts::login(const User& user) const
{
    using State = LoginState::Password;
    const auto stateOf = [](Password::State state) {
        switch (state) {
        case Password::State::Set:
            return State::Set;
        case Password::State::Locked:
            return State::Locked;
        case Password::State::Empty:
            return State::Empty;
        default:
            return State::Unusable;
        }
    };
    LoginState out;
    if (user.password.state != Password::State::InShadow) {
        out.password = stateOf(user.password.state);
        out.scheme = user.password.scheme;
        return out; // pam_unix looks at no shadow entry then, and so at no aging
    }
    const auto found = shadow_.find(user.name);
    if (found == shadow_.end()) {
        out.password = shadowKnown_ ? State::Unusable : State::Unknown;
        return out;
    }
    const ShadowEntry& entry = found->second;
    out.password = stateOf(entry.password.state);
    out.scheme = entry.password.scheme;
    out.changed = entry.changed;
    // pam_unix, check_shadow_expiry()
    const long age = today_ - entry.changed;
    out.accountExpired = (entry.expires != -1 && today_ >= entry.expires)
        || (entry.changed > 0 && entry.most != -1 && entry.inactive != -1 && age > entry.most
            && age > entry.inactive && age > entry.most + entry.inactive);
    const bool expired
        = entry.changed == 0 || (entry.changed > 0 && entry.most != -1 && age > entry.most);
    if (out.password == State::Set && (expired || out.accountExpired)) {
        out.password = State::Expired;
    }
    return out;
}

} // namespace agent
