#include "agent/prober/services/activity.h"

namespace agent {

Activity readActivity(Reading& reading)
{
    Activity activity;
    try { // boundary: an image at rest has no /proc, and nothing runs in it
        activity.processes = processes(reading.root, reading.failing());
        activity.sockets = sockets(reading.root, activity.processes);
        activity.seen = true;
        for (const Reading::Failure& failure : activity.sockets.failures) {
            reading.failed(failure.source, failure.reason, failure.error);
        }
    } catch (const Absent& e) {
        if (reading.root.live()) {
            reading.failed("/proc", e);
        }
    }
    return activity;
}

std::string endpointOf(const Socket& socket)
{
    const std::string address = socket.ipv6 ? "[" + socket.address + "]" : socket.address;
    const std::string where
        = socket.networkNamespace == "host" ? "" : " in " + socket.networkNamespace;
    return socket.protocol + " " + address + ":" + std::to_string(socket.port) + where;
}

} // namespace agent
