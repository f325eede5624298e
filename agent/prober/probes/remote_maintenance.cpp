// Services by which the node can be reached: from listening sockets and who holds them, processes,
// systemd units, inetd and xinetd, links of run levels, and programs that are installed. Sources
// are named where they are read, in agent/prober/services/.
#include "agent/prober/probe.h"
#include "agent/prober/services/activity.h"
#include "agent/prober/services/boot.h"
#include "agent/prober/services/identity.h"
#include "agent/prober/services/inetd_services.h"
#include "agent/prober/services/installed.h"
#include "agent/prober/services/inventory.h"
#include "agent/prober/services/open.h"
#include "agent/prober/services/weak_algorithms.h"
#include "agent/prober/units.h"

namespace agent {

void readRemoteMaintenance(Reading& reading)
{
    const Root& root = reading.root;
    if (root.list("/").empty()) {
        throw Absent("an empty folder is no system");
    }
    const Units units(reading);
    const Activity activity = readActivity(reading);
    ServiceIdentity identity(root);
    ServiceInventory inventory;

    addInstalled(root, identity, inventory);
    const bool byUnit = addUnits(root, units, identity, inventory);
    const bool byLink = addBootLinks(root, units, identity, inventory);
    addInetdServices(reading, activity, byUnit || byLink, identity, inventory);
    addOpen(activity, units, identity, inventory);
    addSessions(activity, identity, inventory);

    for (auto& [key, facts] : inventory.all()) {
        if (key.second == "sshd") {
            facts.weakAlgorithms = weakSshAlgorithms(reading);
        }
    }
    addVersions(reading, inventory);
    inventory.write(reading, activity.seen);
}

} // namespace agent
