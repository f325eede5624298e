// Services that come up at boot: by systemd units, by links of run levels, by inittab(5).
#pragma once

#include "agent/prober/services/identity.h"
#include "agent/prober/services/inventory.h"
#include "agent/prober/units.h"

namespace agent {

struct StartedService {
    KnownService known;
    bool byPortOnly = false;
};

/// What a socket unit starts: by the program, else by the first port that is known, streams first.
std::optional<StartedService> startedBy(
    const Unit& socket, const Units& units, ServiceIdentity& identity);

/// Adds what units start. True if a super-server is among what is enabled.
bool addUnits(
    const Root& root, const Units& units, ServiceIdentity& identity, ServiceInventory& inventory);

/// Adds what links and inittab start. True if a super-server is among that.
bool addBootLinks(
    const Root& root, const Units& units, ServiceIdentity& identity, ServiceInventory& inventory);

} // namespace agent
