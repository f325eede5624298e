// A key exchange of a gate with itself, before there is a peer.
#pragma once

#include "agent/gate/ssh_keys.h"

namespace agent::gate {

/// Touches what the first key exchange of a process touches: pages shared with the parent are
/// copied and OpenSSL's algorithms fetched now, not while a peer waits. Whether it succeeds does
/// not matter.
void warmUp(const SshIdentity& identity);

} // namespace agent::gate
