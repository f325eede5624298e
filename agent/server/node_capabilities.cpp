#include "agent/server/node_capabilities.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <string_view>

namespace agent {

namespace {

constexpr const char* Unsteady[] = {
    "/femto-security:femto-security/status/last-sequence-number",
    "/femto-security:femto-security/status/oldest-logged-sequence-number",
    "/femto-security:femto-security/status/category/collected-at",
    "/femto-security:femto-security/status/category/missed-events",
    "/femto-agent-access:agent-access/statistics",
    "/ietf-netconf-acm:nacm/denied-operations",
    "/ietf-netconf-acm:nacm/denied-data-writes",
    "/ietf-netconf-acm:nacm/denied-notifications",
    "/ietf-netconf-monitoring:netconf-state",
    "/nc-notifications:netconf",
    "/ietf-subscribed-notifications:streams",
    "/ietf-subscribed-notifications:subscriptions",
};

/// Path of a schema node as above.
std::string pathOf(const lysc_node* schema)
{
    const lysc_node* up = schema->parent;
    while (up && (up->nodetype & (LYS_CHOICE | LYS_CASE))) {
        up = up->parent;
    }
    const bool named = !up || up->module != schema->module;
    return (up ? pathOf(up) : "") + "/" + (named ? std::string(schema->module->name) + ":" : "")
        + schema->name;
}

} // namespace

bool steady(const lysc_node* schema)
{
    const std::string_view name = schema->name;
    return std::ranges::none_of(Unsteady, [&](std::string_view path) {
        const std::string_view last = path.substr(path.find_last_of("/:") + 1);
        return last == name && path == pathOf(schema); // which takes longer to make
    });
}

bool maySelectSteady(const yang::Context& context, const Filter& filter)
{
    uint32_t index = 0;
    while (const lys_module* const module = ly_ctx_get_module_iter(context.raw(), &index)) {
        const lysc_node* const first = module->compiled ? module->compiled->data : nullptr;
        for (const lysc_node* node = first; node; node = node->next) {
            if (steady(node) && filter.mayTouch(module->name)) {
                return true;
            }
        }
    }
    return false;
}

yang::Tree nodeCapabilities(const yang::Context& context)
{
    yang::Tree tree;
    const std::string top = "/ietf-system-capabilities:system-capabilities";
    const std::string subscriptions = "/ietf-notification-capabilities:subscription-capabilities/";
    const auto all = [&](const char* leaf, const std::string& value) {
        tree.at(context, top + subscriptions + leaf, value.c_str());
    };
    all("periodic-notifications-supported", "config-changes state-changes");
    all("minimum-update-period", std::to_string(LeastPeriod.count()));
    all("on-change-supported", "config-changes state-changes");
    all("minimum-dampening-period", "0");
    for (const char* const kind : { "create", "delete", "replace" }) {
        all("supported-excluded-change-type", kind);
    }
    const std::string operational
        = top + "/datastore-capabilities[datastore='ietf-datastores:operational']";
    const yang::Node store = tree.at(context, operational);
    for (const char* const path : Unsteady) {
        // A list without keys has no path by which an entry could be found.
        const yang::Node entry
            = store.entry("per-node-capabilities", std::initializer_list<std::string> {});
        entry.leaf("node-selector", path);
        const lys_module* const module
            = ly_ctx_get_module_implemented(context.raw(), "ietf-notification-capabilities");
        lyd_node* inner = nullptr;
        yang::check(lyd_new_inner(entry.raw(), module, "subscription-capabilities", false, &inner),
            context.raw(), "capabilities");
        yang::Node(inner).leaf("on-change-supported", "");
    }
    return tree;
}

} // namespace agent
