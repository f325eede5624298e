// The sockets of one network namespace, without their holders.
#pragma once

#include "agent/prober/network_namespaces.h"
#include "agent/prober/sockets.h"

namespace agent {

/// Adds them to `out`, and what could not be read to its failures.
void addSockets(const Root& root, const NetworkNamespace& space, Sockets& out);

} // namespace agent
