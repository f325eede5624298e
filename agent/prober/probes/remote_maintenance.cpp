// Services by which the node can be reached: inetd.conf(5).
#include "agent/prober/probe.h"

namespace agent {

void readRemoteMaintenance(Reading& reading)
{
    if (reading.root.list("/").empty()) {
        throw Absent("no file at all");
    }
}

} // namespace agent
