// One connection, in a process of its own: SSH or TLS on one side, NETCONF to the server on the
// other, and every time limit between them.
#pragma once

#include "agent/gate/access.h"
#include "agent/gate/identities.h"
#include "common/fd.h"

namespace agent::gate {

/// Body of the process. Locks itself down, waits for GateMessage::Serve, and returns when the
/// connection is over.
void serveConnection(fd::Fd channel, const Identities& identities, const Access& access);

} // namespace agent::gate
