// Why a subscription is refused (RFC 8639, 2.4.6; RFC 8641, 4.4.2), as RFC 8640, 7 answers it.
#pragma once

#include "agent/server/rpc_error.h"

#include <string>

namespace agent {

/// Which request is refused, for the container with the hints.
struct Asking {
    const char* operation; // establish-subscription, modify-subscription and so on
    bool datastore; // or a stream
};

/// `identity` is one of the two modules, such as "ietf-yang-push:period-unsupported"; `hints` are
/// leafs of that container, as elements.
RpcError refused(const Asking& asking, const std::string& identity, const std::string& message,
    const std::string& hints = {});

} // namespace agent
