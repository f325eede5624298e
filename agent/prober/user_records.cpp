#include "agent/prober/user_records.h"

#include "common/text.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace agent {

namespace {

using nlohmann::json;

constexpr const char* Folders[] = { "/etc/userdb", "/run/userdb", "/run/host/userdb",
    "/usr/local/lib/userdb", "/usr/lib/userdb" };
constexpr uint32_t NoId = std::numeric_limits<uint32_t>::max(); // what libc is told without one
constexpr uint32_t FirstRegular = 1000;
constexpr uint32_t LastRegular = 60000;

/// What a record says of its password; the hash itself is dropped while it is read.
struct Secret {
    bool there = false;
    Password password {};
};

json parsed(const Root& root, const std::string& path, Secret& secret)
{
    const SecretText all(root, path);
    bool hashes = false;
    const auto take = [&](int, json::parse_event_t event, json& value) {
        if (event == json::parse_event_t::key) {
            hashes = value == "hashedPassword";
        } else if (event == json::parse_event_t::value && value.is_string() && hashes) {
            auto& text = value.get_ref<std::string&>();
            const Password password = classify(text);
            // Of several each lets in: the first is told, but for an empty one.
            if (!secret.there || password.state == Password::State::Empty) {
                secret = { true, password };
            }
            std::ranges::fill(text, '\0');
        }
        return true;
    };
    json out = json::parse(all.view(), take, false);
    if (!out.is_object()) {
        throw ParseError(path + ": no JSON object");
    }
    return out;
}

std::string textOf(const json& record, const char* key)
{
    const auto found = record.find(key);
    return found != record.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<uint64_t> numberOf(const json& record, const char* key)
{
    const auto found = record.find(key);
    return found != record.end() && found->is_number_unsigned()
        ? std::optional(found->get<uint64_t>())
        : std::nullopt;
}

uint32_t idOf(const json& record, const char* key, uint32_t otherwise)
{
    const auto number = numberOf(record, key);
    return number && *number < NoId ? static_cast<uint32_t>(*number) : otherwise;
}

/// A name has to be that of its file, or the number, by which it is found as well.
void needName(
    const std::string& name, uint32_t id, const std::string& stem, const std::string& path)
{
    if (name.empty() || (name != stem && std::to_string(id) != stem)) {
        throw ParseError(
            path + ": a record of " + text::quoted(name) + " is not found by this name");
    }
}

std::optional<long> dayOf(const json& record, const char* key)
{
    constexpr uint64_t Day = 86'400'000'000;
    const auto time = numberOf(record, key);
    return time ? std::optional(static_cast<long>(*time / Day)) : std::nullopt;
}

class Records {
public:
    explicit Records(Reading& reading)
        : reading_(reading)
    {
    }

    UserRecords all()
    {
        for (const char* folder : Folders) {
            std::vector<std::string> names;
            try { // boundary: one folder
                names = reading_.root.list(folder);
            } catch (const std::exception& e) {
                reading_.failed(folder, e);
            }
            std::stable_partition(names.begin(), names.end(), [](const std::string& name) {
                return name.find_first_not_of("0123456789") != name.find('.');
            }); // links by number last
            for (const std::string& name : names) {
                const std::string path = std::string(folder) + "/" + name;
                try { // boundary: one record
                    take(folder, name, path);
                } catch (const std::exception& e) {
                    reading_.failed(text::carried(path), e);
                }
            }
        }
        return std::move(out_);
    }

private:
    void take(const std::string& folder, const std::string& name, const std::string& path)
    {
        const size_t dot = name.rfind('.');
        const std::string stem = name.substr(0, dot);
        const std::string kind = dot == name.npos ? "" : name.substr(dot);
        if ((kind != ".user" && kind != ".group" && kind != ".membership")
            || !seen_.insert(name).second) {
            return;
        }
        if (kind == ".user") {
            user(folder + "/" + stem, stem, text::carried(path));
        } else if (kind == ".group") {
            group(path, stem);
        } else if (const size_t colon = stem.find(':'); colon != stem.npos) {
            out_.memberships.emplace_back(stem.substr(0, colon), stem.substr(colon + 1));
        }
    }

    void user(const std::string& base, const std::string& stem, const std::string& source)
    {
        Secret secret;
        const json record = parsed(reading_.root, base + ".user", secret);
        User user;
        user.name = textOf(record, "userName");
        user.uid = idOf(record, "uid", NoId);
        user.gid = idOf(record, "gid", user.uid);
        needName(user.name, user.uid, stem, source);
        if (std::ranges::find(out_.users, user.name, &User::name) != out_.users.end()) {
            return; // its link by number
        }
        if (record.contains("perMachine")) {
            reading_.failed(source, "parse-error", source + ": perMachine is not read");
        }
        const std::string disposition = textOf(record, "disposition");
        const bool regular = disposition.empty()
            ? user.uid >= FirstRegular && user.uid <= LastRegular
            : disposition == "regular";
        user.home = textOf(record, "homeDirectory");
        user.home = !user.home.empty() ? user.home : regular ? "/home/" + user.name : "/";
        user.shell = textOf(record, "shell");
        user.shell = !user.shell.empty() ? user.shell : regular ? "/bin/bash" : "/usr/sbin/nologin";
        user.password.state = Password::State::InShadow;
        user.source = source;
        user.origin = "systemd";
        shadow(record, secret, base + ".user-privileged", user.name);
        if (const auto groups = record.find("memberOf"); groups != record.end()) {
            for (const json& one : *groups) {
                if (one.is_string()) {
                    out_.memberships.emplace_back(user.name, one.get<std::string>());
                }
            }
        }
        out_.users.push_back(std::move(user));
    }

    void shadow(
        const json& record, Secret secret, const std::string& privileged, const std::string& name)
    {
        try { // boundary: without it the password is unknown
            if (!secret.there && reading_.root.exists(privileged)) {
                parsed(reading_.root, privileged, secret);
            }
        } catch (const std::exception& e) {
            out_.shadowKnown = false;
            reading_.failed(text::carried(privileged), e);
            return;
        }
        ShadowEntry entry;
        entry.password = secret.password; // none: unusable
        entry.changed = dayOf(record, "lastPasswordChangeUSec").value_or(-1);
        entry.expires = dayOf(record, "notAfterUSec").value_or(-1);
        const auto locked = record.find("locked");
        if (locked != record.end() && *locked == true) {
            entry.expires = 1; // as nss-systemd says it
        }
        out_.shadow.try_emplace(name, std::move(entry));
    }

    void group(const std::string& path, const std::string& stem)
    {
        Secret secret;
        const json record = parsed(reading_.root, path, secret);
        Group group;
        group.name = textOf(record, "groupName");
        group.gid = idOf(record, "gid", NoId);
        group.source = text::carried(path);
        needName(group.name, group.gid, stem, group.source);
        if (std::ranges::find(out_.groups, group.name, &Group::name) != out_.groups.end()) {
            return;
        }
        if (const auto members = record.find("members"); members != record.end()) {
            for (const json& one : *members) {
                if (one.is_string()) {
                    group.members.push_back(one.get<std::string>());
                }
            }
        }
        out_.groups.push_back(std::move(group));
    }

    Reading& reading_;
    UserRecords out_;
    std::set<std::string> seen_; // names of files: the first folder counts
};

} // namespace

UserRecords readUserRecords(Reading& reading)
{
    return Records(reading).all();
}

} // namespace agent
