// The agent's private key and certificate for TLS, as PEM text: made, where there is none.
#pragma once

#include <string>

namespace agent::gate {

struct TlsFiles {
    std::string privateKey;
    std::string certificates; // the agent's own first, then what leads to an anchor
};

/// A new P-256 key. Throws std::runtime_error.
std::string generateTlsKey();

/// A certificate for the key, signed by itself, that is valid at any time: the clock of a node is
/// not set yet when it starts for the first time. Throws std::runtime_error.
std::string selfSigned(const std::string& privateKey);

} // namespace agent::gate
