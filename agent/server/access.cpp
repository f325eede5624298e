#include "agent/server/access.h"
#include "agent/server/instance_path.h"
#include "common/log.h"
#include "common/text.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <set>

namespace agent {

/// One entry of rule-list/rule (RFC 8341, 3.2).
struct Access::Rule {
    enum class Kind { Any, Operation, Notification, Path, Nothing };
    Kind kind = Kind::Any;
    std::string module; // "*" for all
    std::string name; // of an operation or notification, "*" for all
    std::vector<Step> path; // none: all data
    const lysc_node* target = nullptr; // last step of the path
    bool keyed = false; // the path names single entries
    unsigned operations = 0;
    bool permit = false;
};

/// What applies to one user, in order.
struct Access::Rules {
    std::string user;
    std::vector<const Rule*> all;
    std::unordered_map<const lysc_node*, Reach> reach;
};

struct Access::Hidden {
    const yang::Context& context;
    bool enabled = true;
    bool readDefault = false;
    bool writeDefault = false;
    bool execDefault = false;
    std::map<std::string, std::set<std::string>> groups; // of a user
    struct List {
        std::vector<std::string> groups;
        std::vector<Rule> rules;
    };
    std::vector<List> lists;
    std::map<std::string, Rules> users;
};

namespace {

bool above(const lysc_node* up, const lysc_node* node)
{
    for (; node; node = node->parent) {
        if (node == up) {
            return true;
        }
    }
    return false;
}

bool hasExtension(const lysc_node* node, const char* name)
{
    LY_ARRAY_COUNT_TYPE u;
    LY_ARRAY_FOR(node->exts, u)
    {
        if (strcmp(node->exts[u].def->name, name) == 0
            && strcmp(node->exts[u].def->module->name, "ietf-netconf-acm") == 0) {
            return true;
        }
    }
    return false;
}

bool deniedByDefault(const lysc_node* node, bool writing)
{
    for (; node; node = node->parent) {
        if (hasExtension(node, "default-deny-all")
            || (writing && hasExtension(node, "default-deny-write"))) {
            return true;
        }
    }
    return false;
}

unsigned operationsOf(const std::string& value)
{
    if (value == "*") {
        return Access::Create | Access::Read | Access::Update | Access::Delete | Access::Exec;
    }
    unsigned out = 0;
    for (const std::string_view word : text::words(value)) {
        out |= word == "create" ? Access::Create : 0u;
        out |= word == "read" ? Access::Read : 0u;
        out |= word == "update" ? Access::Update : 0u;
        out |= word == "delete" ? Access::Delete : 0u;
        out |= word == "exec" ? Access::Exec : 0u;
    }
    return out;
}

bool hasKeys(const Step& step, const lyd_node* node, const std::string& user)
{
    const auto has = [&](const std::string& key, const std::string& value) {
        if (key == ".") {
            return value == lyd_get_value(node);
        }
        for (const lyd_node* child = lyd_child(node); child; child = child->next) {
            if (key == LYD_NAME(child)) {
                return value == lyd_get_value(child);
            }
        }
        return false;
    };
    return std::ranges::all_of(step.keys, [&](const auto& key) {
        return has(key.first, key.second);
    }) && std::ranges::all_of(step.ofUser, [&](const auto& key) { return has(key, user); });
}

/// Whether the node, or one above it, is what the steps name. The last step is what most often is
/// not.
bool within(const std::vector<Step>& path, const lyd_node* node, const std::string& user)
{
    size_t depth = 0;
    for (const lyd_node* up = node; up; up = lyd_parent(up)) {
        ++depth;
    }
    if (depth < path.size()) {
        return false;
    }
    for (; depth > path.size(); --depth) {
        node = lyd_parent(node);
    }
    for (size_t i = path.size(); i > 0; --i, node = lyd_parent(node)) {
        if (path[i - 1].name != LYD_NAME(node) || !hasKeys(path[i - 1], node, user)) {
            return false;
        }
    }
    return true;
}

} // namespace

Access::Access(const yang::Context& context)
    : hidden_(new Hidden { context, true, false, false, false, {}, {}, {} })
{
}

Access::~Access() = default;

void Access::configure(const yang::Tree& running)
{
    Hidden& to = *hidden_;
    to.groups.clear();
    to.lists.clear();
    to.users.clear();
    to.enabled = true;
    to.readDefault = to.writeDefault = to.execDefault = false;
    const auto nacm = running.find("/ietf-netconf-acm:nacm");
    if (!nacm) {
        return; // nothing is permitted
    }
    to.enabled = nacm->valueOr("enable-nacm", "true") == "true";
    to.readDefault = nacm->valueOr("read-default", "permit") == "permit";
    to.writeDefault = nacm->valueOr("write-default", "deny") == "permit";
    to.execDefault = nacm->valueOr("exec-default", "permit") == "permit";
    if (const auto groups = nacm->child("groups")) {
        for (const yang::Node& group : groups->children("group")) {
            for (const std::string& user : group.values("user-name")) {
                to.groups[user].insert(*group.value("name"));
            }
        }
    }
    const auto rule = [&](const yang::Node& from) {
        Rule out;
        out.module = from.valueOr("module-name", "*");
        out.operations = operationsOf(from.valueOr("access-operations", "*"));
        out.permit = from.value("action") == "permit";
        if (const auto name = from.value("rpc-name")) {
            out.kind = Rule::Kind::Operation;
            out.name = *name;
        } else if (const auto event = from.value("notification-name")) {
            out.kind = Rule::Kind::Notification;
            out.name = *event;
        } else if (const auto path = from.value("path")) {
            out.kind = Rule::Kind::Path;
            const auto steps = *path == "/" ? std::vector<Step> {} : parsePath(*path);
            std::string schema;
            for (const Step& step : steps.value_or(std::vector<Step> {})) {
                schema += "/" + step.module + ":" + step.name;
                out.keyed = out.keyed || !step.keys.empty() || !step.ofUser.empty();
            }
            out.path = steps.value_or(std::vector<Step> {});
            out.target = schema.empty()
                ? nullptr
                : lys_find_path(to.context.raw(), nullptr, schema.c_str(), false);
            if (!steps || (!schema.empty() && !out.target)) {
                logging::warning("nacm: rule " + text::quoted(from.valueOr("name", ""))
                    + " names no data: " + text::quoted(*path));
                out.kind = Rule::Kind::Nothing;
            }
        }
        return out;
    };
    for (const yang::Node& list : nacm->children("rule-list")) {
        Hidden::List& made = to.lists.emplace_back();
        made.groups = list.values("group");
        for (const yang::Node& one : list.children("rule")) {
            made.rules.push_back(rule(one));
        }
    }
}

Access::Rules& Access::of(const std::string& user)
{
    const auto [at, made] = hidden_->users.try_emplace(user);
    if (!made) {
        return at->second;
    }
    at->second.user = user;
    const auto found = hidden_->groups.find(user);
    if (found == hidden_->groups.end()) {
        return at->second; // in no group: only the defaults apply (3.4.4, step 4)
    }
    for (const Hidden::List& list : hidden_->lists) {
        if (std::ranges::any_of(list.groups,
                [&](const std::string& g) { return g == "*" || found->second.contains(g); })) {
            for (const Rule& rule : list.rules) {
                at->second.all.push_back(&rule);
            }
        }
    }
    return at->second;
}

bool Access::mayCall(const std::string& user, const lysc_node* rpc)
{
    const std::string_view name = rpc->name;
    const std::string_view module = rpc->module->name;
    if (!hidden_->enabled || (name == "close-session" && module == "ietf-netconf")) {
        return true;
    }
    const bool permitted = [&] {
        for (const Rule* rule : of(user).all) {
            if ((rule->operations & Exec) && (rule->module == "*" || rule->module == module)
                && (rule->kind == Rule::Kind::Any
                    || (rule->kind == Rule::Kind::Operation
                        && (rule->name == "*" || rule->name == name)))) {
                return rule->permit;
            }
        }
        // 3.4.4, step 10 names the two
        return !deniedByDefault(rpc, false) && name != "kill-session" && name != "delete-config"
            && hidden_->execDefault;
    }();
    deniedOperations += permitted ? 0 : 1;
    return permitted;
}

bool Access::mayReceive(const std::string& user, const lysc_node* notification)
{
    const std::string_view name = notification->name;
    const std::string_view module = notification->module->name;
    // What belongs to the subscription itself is always sent (3.4.6)
    if (!hidden_->enabled
        || (module == "nc-notifications"
            && (name == "replayComplete" || name == "notificationComplete"))) {
        return true;
    }
    const bool permitted = [&] {
        for (const Rule* rule : of(user).all) {
            if ((rule->operations & Read) && (rule->module == "*" || rule->module == module)
                && (rule->kind == Rule::Kind::Any
                    || (rule->kind == Rule::Kind::Notification
                        && (rule->name == "*" || rule->name == name)))) {
                return rule->permit;
            }
        }
        return !deniedByDefault(notification, false) && hidden_->readDefault;
    }();
    deniedNotifications += permitted ? 0 : 1;
    return permitted;
}

namespace {

bool concerns(const std::string& module, const lysc_node* node)
{
    return module == "*" || module == node->module->name;
}

} // namespace

bool Access::mayWrite(const std::string& user, Operation operation, const lyd_node* node)
{
    if (!hidden_->enabled) {
        return true;
    }
    const bool permitted = [&] {
        for (const Rule* rule : of(user).all) {
            if (!(rule->operations & operation) || !concerns(rule->module, node->schema)) {
                continue;
            }
            if (rule->kind == Rule::Kind::Any
                || (rule->kind == Rule::Kind::Path && within(rule->path, node, user))) {
                return rule->permit;
            }
        }
        return !deniedByDefault(node->schema, true) && hidden_->writeDefault;
    }();
    deniedWrites += permitted ? 0 : 1;
    return permitted;
}

// Reading is decided for schema nodes, once for each user; for data nodes only where a rule names
// single entries.
bool Access::decide(const Rules& rules, const lysc_node* schema, const lyd_node* instance) const
{
    for (const Rule* rule : rules.all) {
        if (!(rule->operations & Read) || !concerns(rule->module, schema)) {
            continue;
        }
        if (rule->kind == Rule::Kind::Any
            || (rule->kind == Rule::Kind::Path && (!rule->target || above(rule->target, schema))
                && (!rule->keyed || (instance && within(rule->path, instance, rules.user))))) {
            return rule->permit;
        }
    }
    return !deniedByDefault(schema, false) && hidden_->readDefault;
}

Access::Reach Access::reach(Rules& rules, const lysc_node* schema) const
{
    const auto known = rules.reach.find(schema);
    if (known != rules.reach.end()) {
        return known->second;
    }
    bool all = decide(rules, schema, nullptr);
    bool none = !all;
    for (const Rule* rule : rules.all) {
        if (rule->keyed && (above(rule->target, schema) || above(schema, rule->target))) {
            all = none = false;
        }
    }
    const lysc_node* child = nullptr;
    while ((child = lys_getnext(child, schema, nullptr, 0))) {
        const Reach below = reach(rules, child);
        all = all && below == Reach::All;
        none = none && below == Reach::None;
    }
    const Reach out = all ? Reach::All : none ? Reach::None : Reach::Some;
    rules.reach.emplace(schema, out);
    return out;
}

Access::Reach Access::mayRead(const std::string& user, const lysc_node* node)
{
    return hidden_->enabled ? reach(of(user), node) : Reach::All;
}

Access::Reach Access::mayRead(const std::string& user, const lyd_node* node)
{
    if (!hidden_->enabled) {
        return Reach::All;
    }
    Rules& rules = of(user);
    const Reach found = reach(rules, node->schema);
    if (found == Reach::Some && (node->schema->nodetype & (LYD_NODE_TERM | LYD_NODE_ANY))) {
        return decide(rules, node->schema, node) ? Reach::All : Reach::None;
    }
    return found;
}

} // namespace agent
