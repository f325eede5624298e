// What runs and listens while the node is looked at.
#pragma once

#include "agent/prober/probe.h"
#include "agent/prober/processes.h"
#include "agent/prober/sockets.h"

#include <string>
#include <vector>

namespace agent {

struct Activity {
    bool seen = false; // an image at rest has none
    std::vector<Process> processes {};
    Sockets sockets {};
};

/// What cannot be read is a failure of `reading`.
Activity readActivity(Reading& reading);

/// "tcp [::1]:23 in radio"
std::string endpointOf(const Socket& socket);

} // namespace agent
