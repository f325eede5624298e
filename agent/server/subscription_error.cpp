#include "agent/server/subscription_error.h"
#include "agent/server/selection.h"

#include <algorithm>
#include <string_view>

namespace agent {

namespace {

struct Tagged {
    std::string_view identity;
    const char* tag;
};

constexpr Tagged Tags[] = {
    { "encoding-unsupported", "invalid-value" },
    { "filter-unavailable", "invalid-value" },
    { "filter-unsupported", "invalid-value" },
    { "insufficient-resources", "resource-denied" },
    { "no-such-subscription", "invalid-value" },
    { "replay-unsupported", "operation-not-supported" },
    { "stream-unavailable", "invalid-value" },
    { "cant-exclude", "operation-not-supported" },
    { "datastore-not-subscribable", "invalid-value" },
    { "no-such-subscription-resync", "invalid-value" },
    { "on-change-unsupported", "operation-not-supported" },
    { "period-unsupported", "invalid-value" },
};

/// Name of the container with the hints, by the modules' own names.
std::string containerOf(const Asking& asking)
{
    const std::string operation = asking.operation;
    if (operation == "resync-subscription") {
        return "resync-subscription-error";
    }
    if (operation == "delete-subscription" || operation == "kill-subscription") {
        return "delete-subscription-error-info";
    }
    return operation + (asking.datastore ? "-datastore-error-info" : "-stream-error-info");
}

} // namespace

RpcError refused(const Asking& asking, const std::string& identity, const std::string& message,
    const std::string& hints)
{
    const size_t colon = identity.find(':');
    const std::string module = identity.substr(0, colon);
    const std::string name = identity.substr(colon + 1);
    const auto tagged = std::ranges::find(Tags, name, &Tagged::identity);
    RpcError error(
        tagged == std::end(Tags) ? "operation-failed" : tagged->tag, message, {}, identity);
    const std::string base = "urn:ietf:params:xml:ns:yang:";
    const std::string container = containerOf(asking);
    const std::string space
        = asking.datastore ? base + "ietf-yang-push" : base + "ietf-subscribed-notifications";
    const std::string reason = "<reason xmlns:r=\"" + base + module + "\">r:" + name + "</reason>";
    error.infoXml = element(container, space, reason + hints);
    return error;
}

} // namespace agent
