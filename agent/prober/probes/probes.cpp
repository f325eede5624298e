// Everything this agent reads, in one list.
#include "agent/prober/probe.h"

namespace agent {

void readPasswordConfiguration(Reading&);
void readRemoteLogin(Reading&);
void readRemoteMaintenance(Reading&);
void readUserPermissions(Reading&);
void readRunningProcesses(Reading&);
void readOpenPorts(Reading&);
void readSoftwareIntegrity(Reading&);

std::span<const Probe> probes()
{
    static constexpr Probe all[] = {
        { "password-configuration", readPasswordConfiguration },
        { "remote-login", readRemoteLogin },
        { "remote-maintenance", readRemoteMaintenance },
        { "user-permissions", readUserPermissions },
        { "running-processes", readRunningProcesses },
        { "open-ports", readOpenPorts },
        { "software-integrity", readSoftwareIntegrity },
    };
    return all;
}

} // namespace agent
