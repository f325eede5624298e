// Services that are there to be seen: sockets that accept traffic, sessions that are served.
#pragma once

#include "agent/prober/services/activity.h"
#include "agent/prober/services/identity.h"
#include "agent/prober/services/inventory.h"
#include "agent/prober/units.h"

namespace agent {

/// Open TCP and UDP sockets, by who holds them, else by their port.
void addOpen(const Activity& activity, const Units& units, ServiceIdentity& identity,
    ServiceInventory& inventory);

/// A process that serves a connection without a socket that listens: started by inetd.
void addSessions(
    const Activity& activity, const ServiceIdentity& identity, ServiceInventory& inventory);

} // namespace agent
