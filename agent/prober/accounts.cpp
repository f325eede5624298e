#include "agent/prober/accounts.h"

#include "agent/prober/account_line.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

/// "+user" and "-@netgroup" lines mean something to the service "compat" only (nsswitch.conf(5)).
bool isCompat(std::string_view name)
{
    return name.starts_with('+') || name.starts_with('-');
}

void skip(std::vector<Skipped>* skipped, size_t line, const char* why)
{
    if (skipped) {
        skipped->push_back({ line, why });
    }
}

/// Members as parse_list of files-parse.c: blanks before a name and empty names do not count.
std::vector<std::string> members(std::string_view list)
{
    std::vector<std::string> names;
    for (std::string_view name : text::fields(list, ',')) {
        while (!name.empty() && isBlank(name.front())) {
            name.remove_prefix(1);
        }
        if (!name.empty()) {
            names.emplace_back(name);
        }
    }
    return names;
}

/// Name that systemd gave a user id of a service with DynamicUser= (systemd.exec(5)); it keeps
/// links of both directions in this folder.
std::optional<std::string> dynamicUser(const Root& root, const std::string& link)
{
    const auto name = root.link("/run/systemd/dynamic-uid/" + link);
    return name && !name->empty() ? std::optional(text::carried(*name)) : std::nullopt;
}

} // namespace

std::vector<User> parsePasswd(
    std::string_view all, const std::string& source, std::vector<Skipped>* skipped)
{
    std::vector<User> users;
    for (const AccountLine& line : accountLines(all)) {
        std::string_view rest = line.text;
        User user;
        user.name = takeField(rest);
        if (isCompat(user.name)) {
            skip(skipped, line.number, "only the name service compat reads this line");
            continue;
        }
        user.password = classify(takeField(rest));
        const auto uid = takeNumber(rest);
        const auto gid = uid ? takeNumber(rest) : std::nullopt;
        if (!uid || !gid) {
            skip(skipped, line.number, uid ? "group id is no number" : "user id is no number");
            continue;
        }
        user.uid = *uid;
        user.gid = *gid;
        takeField(rest);
        user.home = takeField(rest);
        user.shell = rest;
        user.source = source;
        user.line = line.number;
        users.push_back(std::move(user));
    }
    return users;
}

std::vector<Group> parseGroup(
    std::string_view all, const std::string& source, std::vector<Skipped>* skipped)
{
    std::vector<Group> groups;
    for (const AccountLine& line : accountLines(all)) {
        std::string_view rest = line.text;
        Group group;
        group.name = takeField(rest);
        if (isCompat(group.name)) {
            skip(skipped, line.number, "only the name service compat reads this line");
            continue;
        }
        takeField(rest);
        const auto gid = takeNumber(rest);
        if (!gid) {
            skip(skipped, line.number, "group id is no number");
            continue;
        }
        group.gid = *gid;
        group.members = members(rest);
        group.source = source;
        group.line = line.number;
        groups.push_back(std::move(group));
    }
    return groups;
}

std::vector<std::string> nameServices(const Root& root, const std::string& database)
{
    const std::string all = root.readIfThere("/etc/nsswitch.conf").value_or("");
    std::vector<std::string> services { "files" };
    for (std::string_view line : text::lines(all)) {
        line = text::trim(line.substr(0, line.find('#')));
        const size_t colon = line.find(':');
        if (colon == line.npos || text::trim(line.substr(0, colon)) != database) {
            continue;
        }
        services.clear();
        std::string rest(line.substr(colon + 1));
        // [NOTFOUND=return] and the like say when to go on, not where to look.
        for (size_t open = rest.find('['); open != rest.npos; open = rest.find('[')) {
            const size_t close = std::min(rest.find(']', open), rest.size() - 1);
            rest.replace(open, close - open + 1, " ");
        }
        for (const std::string_view word : text::words(rest)) {
            services.emplace_back(word);
        }
    }
    return services;
}

Names::Names(const Root& root)
{
    try { // boundary: a name is a convenience, the number is the fact
        read(root);
    } catch (const std::exception&) { // what was read before it stands
    }
}

void Names::read(const Root& root)
{
    for (const char* path : { "/etc/passwd", "/var/lib/extrausers/passwd" }) {
        if (root.exists(path)) {
            const SecretText all(root, path);
            for (const User& user : parsePasswd(all.view(), path)) {
                users_.try_emplace(user.uid, text::carried(user.name));
            }
        }
    }
    for (const char* path : { "/etc/group", "/var/lib/extrausers/group" }) {
        for (const Group& group : parseGroup(root.readIfThere(path).value_or(""), path)) {
            groups_.try_emplace(group.gid, text::carried(group.name));
        }
    }
    constexpr std::string_view Direct = "direct:";
    for (const std::string& entry : root.list("/run/systemd/dynamic-uid")) {
        const auto uid = entry.starts_with(Direct)
            ? text::number<uint32_t>(entry.substr(Direct.size()))
            : std::nullopt;
        const auto name = uid ? dynamicUser(root, entry) : std::nullopt;
        if (name) {
            users_.try_emplace(*uid, *name);
            groups_.try_emplace(*uid, *name);
        }
    }
}

std::string Names::user(uint32_t uid) const
{
    const auto found = users_.find(uid);
    return found == users_.end() ? std::to_string(uid) : found->second;
}

std::string Names::group(uint32_t gid) const
{
    const auto found = groups_.find(gid);
    return found == groups_.end() ? std::to_string(gid) : found->second;
}

} // namespace agent
