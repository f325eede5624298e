#include "collector/cli/learned.h"

#include "collector/cli/learned_entry.h"
#include "collector/worker/category.h"
#include "common/text.h"

#include <algorithm>

namespace cli {

namespace {

/// Status of a category: nothing if it is all there, else why not.
std::string incomplete(yang::Node top, const std::string& category)
{
    const auto status = top.child("status");
    for (const yang::Node& one :
        status ? status->children("category") : std::vector<yang::Node>()) {
        const auto type = one.child("type");
        if (!type || collector::shortCategory(type->value()) != category) {
            continue;
        }
        const auto outcome = one.child("status");
        const std::string said = outcome ? outcome->local() : "no status";
        return said == "collected" ? "" : said + ": " + one.valueOr("detail", "no detail");
    }
    return "not-collected: the snapshot says nothing of it";
}

void load(Learned::List& list, const Learned::Json& parent, const char* name,
    std::initializer_list<const char*> keys)
{
    const auto found = parent.find(name);
    if (found == parent.end()) {
        return;
    }
    for (const Learned::Json& entry : *found) {
        std::string key;
        for (const char* leaf : keys) {
            key += entry.value(leaf, "") + '\n';
        }
        list[key] = entry;
    }
}

void store(const Learned::List& list, Learned::Json& parent, const char* name)
{
    if (list.empty()) {
        parent.erase(name);
        return;
    }
    Learned::Json entries = Learned::Json::array();
    for (const auto& [key, entry] : list) {
        entries.push_back(entry);
    }
    parent[name] = std::move(entries);
}

} // namespace

Learned::Learned(const Json& profile, LearnOptions options)
    : options_(std::move(options))
    , manifest_({ { "release", options_.release } })
{
    const Json permitted = profile.value("permitted", Json::object());
    load(users_, permitted, "user", { "name" });
    load(groups_, permitted, "group", { "name" });
    load(grants_, permitted, "grant", { "principal", "run-as", "command" });
    load(setuidFiles_, permitted, "setuid-file", { "path" });
    load(programs_, permitted, "program", { "executable", "user" });
    load(ports_, permitted, "port", { "name" });
    for (const Json& manifest : profile.value("manifest", Json::array())) {
        if (manifest.value("release", "") == options_.release) {
            load(components_, manifest, "component", { "name" });
            manifest_ = manifest;
        }
    }
}

std::vector<std::string> Learned::take(yang::Node top)
{
    std::vector<std::string> notes;
    const auto inventory = top.child("inventory");
    for (const char* name :
        { "user-permissions", "running-processes", "open-ports", "software-integrity" }) {
        const std::string why = incomplete(top, name);
        const auto category = inventory ? inventory->child(name) : std::nullopt;
        const bool partly = why.starts_with("partial");
        if (!why.empty()) {
            notes.push_back(std::string(name)
                + (partly ? " is learned only as far as it is known: " : " is not learned: ")
                + why);
        }
        if (!category || (!why.empty() && !partly)) {
            continue;
        }
        const std::string_view which = name;
        if (which == "user-permissions") {
            takeAccounts(*category);
        } else if (which == "running-processes") {
            takePrograms(*category);
        } else if (which == "open-ports") {
            takePorts(*category, notes);
        } else {
            takeComponents(*category, notes);
        }
    }
    return notes;
}

void Learned::takeAccounts(yang::Node category)
{
    for (const yang::Node& node : category.children("user")) {
        LearnedEntry user(users_, { { "name", node.valueOr("name", "") } });
        user.number("uid", node.value("uid"));
        user.falseUnless("login-permitted", node.value("login-enabled") != "false");
        user.falseUnless("privileged", node.value("privileged") != "false");
    }
    for (const yang::Node& node : category.children("group")) {
        LearnedEntry group(groups_, { { "name", node.valueOr("name", "") } });
        group.number("gid", node.value("gid"));
        group.values("member", node.values("member"));
    }
    for (const yang::Node& node : category.children("privilege-grant")) {
        LearnedEntry grant(grants_,
            { { "principal", node.valueOr("principal", "") },
                { "run-as", node.valueOr("run-as", "") },
                { "command", node.valueOr("command", "") } });
        if (node.flag("no-authentication")) {
            grant.set("no-authentication", true);
        }
    }
    for (const yang::Node& node : category.children("setuid-file")) {
        LearnedEntry file(setuidFiles_, { { "path", node.valueOr("path", "") } });
        file.same("owner", node.value("owner"));
        file.same("mode", node.value("mode"));
        file.values("capability", node.values("capability"));
        file.anyOf("hash", node.value("hash"));
    }
}

void Learned::takePrograms(yang::Node category)
{
    for (const yang::Node& node : category.children("program")) {
        LearnedEntry program(programs_,
            { { "executable", node.valueOr("executable", "") },
                { "user", node.valueOr("user", "") } });
        program.values("script", node.values("script"));
        if (options_.programHashes) {
            program.anyOf("hash", node.value("hash"));
        }
    }
}

void Learned::takeComponents(yang::Node category, std::vector<std::string>& notes)
{
    ++measuredNodes_;
    for (const yang::Node& node : category.children("component")) {
        const std::string name = node.valueOr("name", "");
        const auto kind = node.child("kind");
        LearnedEntry component(components_, { { "name", name } });
        ++seenOn_[name + '\n'];
        component.same(
            "kind", kind ? std::optional("femto-security-types:" + kind->local()) : std::nullopt);
        for (const char* leaf : { "version", "mode", "owner", "link-target" }) {
            component.same(leaf, node.value(leaf));
        }
        component.values("capability", node.values("capability"));
        component.anyOf("hash", node.value("measured-hash"));
        const std::string state = node.valueOr("state", "measured");
        if (state != "measured") {
            notes.push_back(name + " is learned without a digest: " + state);
        }
    }
}

void Learned::put(Json& profile) const
{
    Json permitted = profile.value("permitted", Json::object());
    store(users_, permitted, "user");
    store(groups_, permitted, "group");
    store(grants_, permitted, "grant");
    store(setuidFiles_, permitted, "setuid-file");
    store(programs_, permitted, "program");
    store(ports_, permitted, "port");
    profile["permitted"] = std::move(permitted);

    List components = components_;
    for (auto& [key, entry] : components) {
        const auto seen = seenOn_.find(key);
        if (seen != seenOn_.end() && seen->second < measuredNodes_) {
            entry["optional"] = true; // some golden node is without it
        }
    }
    std::map<std::string, Json> manifests;
    for (const Json& manifest : profile.value("manifest", Json::array())) {
        manifests[manifest.value("release", "")] = manifest;
    }
    if (!components.empty()) {
        Json mine = manifest_;
        store(components, mine, "component");
        manifests[options_.release] = std::move(mine);
    }
    store(manifests, profile, "manifest");
}

} // namespace cli
