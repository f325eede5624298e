// With what the agent proves itself.
#pragma once

#include "agent/gate/ssh_keys.h"
#include "agent/gate/tls_identity.h"

#include <memory>

namespace agent::gate {

struct Identities {
    std::shared_ptr<const SshIdentity> ssh; // null if there is none
    std::shared_ptr<const TlsIdentity> tls; // null if there is none or TLS is not used

    bool has(Transport transport) const { return transport == Transport::Tls ? !!tls : !!ssh; }
};

} // namespace agent::gate
