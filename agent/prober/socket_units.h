// Sockets that systemd holds for its units: systemd.socket(5).
#pragma once

#include "agent/prober/sockets.h"
#include "agent/prober/units.h"

#include <string>
#include <vector>

namespace agent {

struct SocketUnit {
    struct Listen {
        bool stream = true;
        std::string address; // empty: all addresses
        uint32_t port = 0;
    };
    std::string name; // "ssh.socket"
    std::vector<Listen> listens;

    bool holds(const Socket& socket) const;
};

/// The [Socket] section of a unit: an empty assignment of either kind forgets what stands before it
/// (config_parse_socket_listen() of systemd). Local sockets are left out.
std::vector<SocketUnit::Listen> listensOf(const std::vector<UnitAssignment>& assignments);

/// Those that listen and are not masked, by name.
std::vector<SocketUnit> socketUnits(const Units& units);

} // namespace agent
