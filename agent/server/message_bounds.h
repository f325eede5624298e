// What an rpc may hold, beside its size. It must be well-formed XML: libyang takes an attribute
// that is there twice, for one, and the reply would have it twice. And libyang 2.1 takes quadratic
// time for siblings at the top of a filter or config that no schema has, for attributes of one
// element, and for namespaces in scope. A MiB of these would keep the server from everybody else
// for minutes.
#pragma once

#include "agent/server/rpc_error.h"

#include <optional>
#include <string>

namespace agent {

/// Why a message goes no further, and the attributes of the reply.
struct OutOfBounds {
    RpcError error;
    std::string attributes;
};
std::optional<OutOfBounds> outOfBounds(const std::string& message);

} // namespace agent
