#include "yang/schemas.h"

#include <stdexcept>

namespace schemas {

std::string_view file(std::string_view name)
{
    for (const File& one : files()) {
        if (name == one.name) {
            return one.text;
        }
    }
    throw std::out_of_range("no embedded file " + std::string(name));
}

yang::Context node()
{
    yang::Context context(modules());
    context.implement("femto-security-types");
    context.implement("ietf-netconf-acm");
    context.implement("femto-security", { "process-detail", "remote-measure" });
    context.implement("ietf-x509-cert-to-name"); // whose identities are values
    context.implement("femto-agent-access");
    return context;
}

yang::Context prober()
{
    yang::Context context = node();
    context.implement("femto-vendor");
    return context;
}

yang::Context server()
{
    yang::Context context = node();
    context.implement("ietf-netconf",
        { "writable-running", "candidate", "confirmed-commit", "rollback-on-error", "validate",
            "xpath" });
    context.implement("ietf-netconf-monitoring");
    context.implement("ietf-netconf-with-defaults");
    context.implement("notifications");
    context.implement("nc-notifications");
    context.implement("ietf-netconf-notifications");
    context.implement("ietf-netconf-nmda", { "origin", "with-defaults" });
    context.implement("ietf-origin");
    context.implement(
        "ietf-subscribed-notifications", { "encode-xml", "replay", "subtree", "xpath" });
    context.implement("ietf-yang-push", { "on-change" });
    context.implement("ietf-system-capabilities");
    context.implement("ietf-notification-capabilities");
    context.implement("femto-not-served"); // libyang implements what a leafref leads to
    return context;
}

yang::Context management()
{
    yang::Context context = node();
    context.implement("femto-compliance-policy");
    context.implement("ietf-netconf", {});
    context.implement("nc-notifications");
    return context;
}

} // namespace schemas
