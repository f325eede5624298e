// Services that a super-server starts for each connection.
#pragma once

#include "agent/prober/services/activity.h"
#include "agent/prober/services/identity.h"
#include "agent/prober/services/inventory.h"

namespace agent {

/// What inetd and xinetd are told to start. `atBoot`: a super-server comes up by itself. Failures
/// go to `reading`.
void addInetdServices(Reading& reading, const Activity& activity, bool atBoot,
    ServiceIdentity& identity, ServiceInventory& inventory);

} // namespace agent
