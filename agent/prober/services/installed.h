// Programs of services that are installed, and of which package.
#pragma once

#include "agent/prober/services/identity.h"
#include "agent/prober/services/inventory.h"

namespace agent {

/// Programs that do nothing but serve, in the usual folders.
void addInstalled(const Root& root, const ServiceIdentity& identity, ServiceInventory& inventory);

/// Version of the package that each program found belongs to. Failures go to `reading`.
void addVersions(Reading& reading, ServiceInventory& inventory);

} // namespace agent
