// The parent of the agent's processes: starts prober, server and gate, joins them by sockets, and
// starts one that died again with back-off. It reads nothing but control frames.
#pragma once

#include "agent/config.h"
#include "agent/host.h"

namespace agent {

/// Runs until SIGTERM, SIGINT or the end of the host, then ends all. Throws what keeps the agent
/// from starting.
int supervise(const Config& config, const std::string& configFile, Host& host);

} // namespace agent
