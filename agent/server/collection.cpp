#include "agent/server/collection.h"
#include "common/patch.h"
#include "common/text.h"

#include <libyang/libyang.h>

namespace agent {

namespace {

constexpr std::string_view Standard = "femto-security-types:";

uint32_t number(yang::Node node, std::string_view leaf, uint32_t otherwise)
{
    const auto value = node.value(leaf);
    return value ? text::number<uint32_t>(*value).value_or(otherwise) : otherwise;
}

bool flag(yang::Node node, std::string_view leaf)
{
    return node.valueOr(leaf, "true") == "true"; // all of them are true by default
}

CategorySettings readCategory(yang::Node node)
{
    CategorySettings out;
    out.enabled = flag(node, "enabled");
    out.samplingInterval = number(node, "sampling-interval", out.samplingInterval);
    const std::string mode = node.valueOr("mode", "on-change");
    out.periodic = mode.find("periodic") != std::string::npos;
    out.onChange = mode.find("on-change") != std::string::npos;
    out.period = number(node, "period", out.period);
    if (const auto anchor = node.value("anchor-time")) {
        out.anchor = wall::parse(*anchor);
    }
    out.dampening = number(node, "dampening-period", out.dampening);
    out.syncOnStart = flag(node, "sync-on-start");
    out.maxEntries = number(node, "max-entries", out.maxEntries);
    out.staleAfter = number(node, "stale-after", out.staleAfter);
    out.include = node.values("include");
    out.exclude = node.values("exclude");
    return out;
}

/// The collection alone, defaults in it.
yang::Tree collectionOf(const yang::Context& context, const yang::Tree& running)
{
    const char* path = "/femto-security:femto-security/collection";
    yang::Tree tree;
    if (const auto found = running.find(path)) {
        lyd_node* copy = nullptr;
        if (lyd_dup_single(found->raw(), nullptr,
                LYD_DUP_RECURSIVE | LYD_DUP_WITH_PARENTS | LYD_DUP_WITH_FLAGS, &copy)
            != LY_SUCCESS) {
            throw yang::Error("the collection configuration cannot be copied");
        }
        while (lyd_parent(copy)) {
            copy = lyd_parent(copy);
        }
        tree = yang::Tree(copy);
    } else {
        tree.at(context, path);
    }
    if (lyd_new_implicit_tree(tree.raw(), LYD_IMPLICIT_NO_STATE, nullptr) != LY_SUCCESS) {
        throw yang::Error("the collection configuration cannot be completed");
    }
    return tree;
}

std::string printed(const yang::Tree& tree)
{
    char* out = nullptr;
    if (lyd_print_mem(&out, tree.raw(), LYD_JSON, LYD_PRINT_SHRINK | LYD_PRINT_WD_ALL) != LY_SUCCESS
        || !out) {
        throw yang::Error("the collection configuration cannot be printed");
    }
    const std::unique_ptr<char, void (*)(void*)> guard(out, free);
    return out;
}

} // namespace

const CategorySettings* Collection::active(const std::string& category) const
{
    const auto found = categories.find(category);
    return enabled && found != categories.end() && found->second.enabled ? &found->second : nullptr;
}

Collection readCollection(const yang::Context& context, const yang::Tree& running)
{
    const yang::Tree tree = collectionOf(context, running);
    const yang::Node node = *tree.root().child("collection");
    Collection out;
    out.enabled = flag(node, "enabled");
    out.nodeId = node.valueOr("node-id", "");
    out.heartbeatInterval = number(node, "heartbeat-interval", out.heartbeatInterval);
    out.reportLogSize = number(node, "report-log-size", out.reportLogSize);
    for (const yang::Node& one : node.children("category")) {
        out.categories.emplace(one.valueOr("type", ""), readCategory(one));
    }
    out.digest = patch::collectionDigest(node);
    out.text = printed(tree);
    return out;
}

std::string shortName(const std::string& category)
{
    return category.starts_with(Standard) ? category.substr(Standard.size()) : category;
}

std::string fullName(const std::string& category)
{
    return category.find(':') == std::string::npos ? std::string(Standard) + category : category;
}

} // namespace agent
