// Filters of subscriptions: given in a request, or stored in the configuration under a name
// (RFC 8639, 2.2; RFC 8641, 3.6).
#pragma once

#include "agent/server/filter.h"
#include "agent/server/subscription_error.h"
#include "common/yang.h"

#include <optional>
#include <string>

namespace agent {

class Core;

/// Names of the nodes that a filter comes in.
struct FilterNodes {
    const char* reference;
    const char* subtree;
    const char* xpath;
    const char* stored; // where a reference leads, its key behind it
};
extern const FilterNodes OfStream;
extern const FilterNodes OfDatastore;

struct NamedFilter {
    Filter filter {};
    std::string reference {}; // to a stored one; empty if it is given itself
    bool given = false;
};

/// That of a request. Throws RpcError: a filter that is none, or a reference that leads nowhere.
NamedFilter filterOf(
    const Core& core, const yang::Node& rpc, const FilterNodes& nodes, const Asking& asking);

/// That of the configuration; nothing if it is not there, or can no longer be used.
std::optional<Filter> storedFilter(
    const Core& core, const FilterNodes& nodes, const std::string& name);

/// A filter that is wrong, or that cannot be evaluated over the data.
RpcError unsupported(const Asking& asking, const RpcError& error);

} // namespace agent
