// TCP sockets to and from nodes.
#pragma once

#include "common/fd.h"

#include <cstdint>
#include <string>

namespace collector {

/// A connection that is being made, to a numeric address. Throws std::runtime_error quoting an
/// address that is none, std::system_error.
fd::Fd beginConnect(const std::string& address, uint16_t port);
/// How making it went, once the socket is writable: errno, 0 for well.
int connectError(int socket);
/// The next connection that waits at a listening socket; none if there is none.
fd::Fd acceptNext(int listening);
/// Other side of a connected socket, such as "192.0.2.1 port 830".
std::string peerName(int socket);

} // namespace collector
