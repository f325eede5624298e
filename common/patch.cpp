#include "common/patch.h"
#include "common/digest.h"
#include "common/instance_path.h"
#include "common/text.h"

namespace patch {

namespace {

constexpr std::string_view Standard = "femto-security-types:";

/// Name of the container of a category that has its own; empty for an extension.
std::string_view containerOf(std::string_view category)
{
    return category.starts_with(Standard) ? category.substr(Standard.size()) : std::string_view();
}

yang::Node inventoryOf(yang::Tree& holder)
{
    if (holder) {
        for (const yang::Node& top : holder.root().siblings()) {
            if (top.name() == "femto-security") {
                return top.container("inventory");
            }
        }
    }
    throw yang::Error("no femto-security to apply a report to");
}

struct Edit {
    std::string id;
    std::string operation;
    std::string target;
    std::optional<yang::Node> value; // femto-security

    [[noreturn]] void refuse(const std::string& why) const
    {
        throw yang::Error("edit " + text::quoted(id) + ": " + text::quoted(operation) + " of "
            + text::quoted(target, 400) + ": " + why);
    }
};

Edit read(yang::Node edit)
{
    Edit out { edit.valueOr("edit-id", ""), edit.valueOr("operation", ""),
        edit.valueOr("target", ""), {} };
    if (const auto value = edit.child("value")) {
        out.value = value->content();
    }
    if (out.operation != "create" && out.operation != "delete" && out.operation != "replace") {
        out.refuse("no such operation");
    }
    if (out.value.has_value() == (out.operation == "delete")) {
        out.refuse(out.value ? "there is a value" : "there is no value");
    }
    return out;
}

/// The steps below /fs:femto-security/inventory: one or two.
std::vector<instance_path::Step> steps(const Edit& edit)
{
    std::vector<instance_path::Step> all = instance_path::parse(edit.target);
    if (all.size() < 3 || all.size() > 4 || all[0].module != "femto-security"
        || all[0].name != "femto-security" || all[1].name != "inventory" || !all[0].keys.empty()
        || !all[1].keys.empty()) {
        edit.refuse("not a category, nor an entry or leaf of one");
    }
    for (const instance_path::Step& step : all) {
        if (step.module != "femto-security") {
            edit.refuse("a node of another module");
        }
    }
    all.erase(all.begin(), all.begin() + 2);
    return all;
}

std::optional<yang::Node> find(yang::Node parent, const instance_path::Step& step)
{
    if (step.keys.empty()) {
        auto found = parent.child(step.name);
        if (found && found->isList()) {
            throw yang::Error("no keys of list " + step.name);
        }
        return found;
    }
    std::vector<std::string> keys;
    for (const auto& [name, value] : step.keys) {
        keys.push_back(value);
    }
    auto found = parent.instance(step.name.c_str(), keys);
    if (found && found->keys() != step.keys) {
        throw yang::Error("the keys of list " + step.name + " are others");
    }
    return found;
}

/// The node that the value holds at the target, and there only.
yang::Node valueAt(const Edit& edit, const std::vector<instance_path::Step>& path)
{
    yang::Node at = *edit.value;
    const auto only = [&](const std::string& name) {
        const auto all = at.children();
        std::optional<yang::Node> found;
        for (const yang::Node& child : all) {
            if (child.name() == name && !found) {
                found = child;
            } else if (!at.isList()) {
                edit.refuse("the value holds more than the target");
            }
        }
        if (!found) {
            edit.refuse("the value does not hold the target");
        }
        at = *found;
    };
    if (at.name() != "femto-security") {
        edit.refuse("the value does not begin at femto-security");
    }
    only("inventory");
    for (const instance_path::Step& step : path) {
        only(step.name);
        if (at.keys() != step.keys) {
            edit.refuse("the value is of another entry");
        }
    }
    return at;
}

void apply(yang::Node inventory, const Edit& edit)
{
    const std::vector<instance_path::Step> path = steps(edit);
    const bool whole = path.size() == 1; // a category
    if (edit.operation == "delete") {
        auto found = find(inventory, path[0]);
        if (found && !whole) {
            found = find(*found, path[1]);
        }
        if (!found) {
            edit.refuse("it is not there");
        }
        found->remove();
        return;
    }
    const yang::Node value = valueAt(edit, path);
    std::optional<yang::Node> parent = inventory;
    if (!whole) {
        parent = find(inventory, path[0]);
        if (!parent && path[0].keys.empty()) {
            parent = inventory.container(path[0].name.c_str());
        }
        if (!parent) {
            edit.refuse("its category is not there");
        }
    }
    const auto former = parent->instance(value);
    // A container without entries is as good as none.
    const bool there = former && (!whole || former->isList() || !former->children().empty());
    if (there != (edit.operation == "replace")) {
        edit.refuse(there ? "it is there" : "it is not there");
    }
    if (former) {
        former->remove();
    }
    parent->copy(value);
}

} // namespace

std::optional<yang::Node> content(yang::Node inventory, std::string_view category)
{
    const std::string_view container = containerOf(category);
    return container.empty()
        ? inventory.instance("extension", std::vector { std::string(category) })
        : inventory.child(container);
}

std::string contentDigest(yang::Node inventory, std::string_view category)
{
    const auto found = content(inventory, category);
    if (found) {
        return digest::sha256(found->canonical());
    }
    return digest::sha256(std::string(containerOf(category)) + "{\n}\n");
}

std::string collectionDigest(yang::Node collection)
{
    return digest::sha256(collection.canonical());
}

void applyReport(yang::Tree& holder, yang::Node securityReport)
{
    const yang::Node inventory = inventoryOf(holder);
    const auto reported = securityReport.child("inventory");
    for (const yang::Node& row : securityReport.children("category")) {
        const std::string category = row.valueOr("type", "");
        if (const auto former = content(inventory, category)) {
            former->remove();
        }
        const auto now = reported ? content(*reported, category) : std::nullopt;
        if (!now) {
            continue;
        }
        const std::string container(containerOf(category));
        const yang::Node home = container.empty() ? inventory.entry("extension", category)
                                                  : inventory.container(container.c_str());
        home.fill(*now);
    }
}

void applyEdits(yang::Tree& holder, yang::Node securityChange)
{
    const yang::Node inventory = inventoryOf(holder);
    for (const yang::Node& each : securityChange.children("edit")) {
        const Edit edit = read(each);
        try { // boundary: one edit of a node
            apply(inventory, edit);
        } catch (const yang::Error& error) {
            const std::string said = error.what();
            if (said.starts_with("edit ")) {
                throw;
            }
            edit.refuse(said);
        }
    }
}

} // namespace patch
