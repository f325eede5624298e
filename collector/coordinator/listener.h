// The socket on which nodes call home (RFC 8071); the workers accept on it.
#pragma once

#include "common/fd.h"

#include <cstdint>
#include <string>

namespace collector {

/// Listens on address and port; an empty descriptor if the port is 0. Throws std::system_error,
/// std::runtime_error if the address is none.
fd::Fd callHomeListener(const std::string& address, uint16_t port);

} // namespace collector
