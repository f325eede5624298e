// A handshake of a gate with itself, before there is a peer.
#pragma once

#include "agent/gate/tls_identity.h"

namespace agent::gate {

/// As warmUp() of ssh_warm.h, for TLS.
void warmUp(const TlsIdentity& identity);

} // namespace agent::gate
