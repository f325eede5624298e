// The host key of a node, asked of it without logging in.
#pragma once

#include <cstdint>
#include <string>

namespace cli {

/// "SHA256:..." as ssh-keygen -l prints it. Throws std::runtime_error naming the address.
std::string fetchFingerprint(const std::string& address, uint16_t port);

} // namespace cli
