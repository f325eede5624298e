// Sockets that systemd holds for its units: systemd.socket(5).
#pragma once

#include "agent/prober/probe.h"
#include "agent/prober/sockets.h"

#include <string>
#include <string_view>
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

/// The [Socket] section of a unit's file and drop-ins, added in the order that systemd reads them:
/// an empty assignment forgets what stands before it. Local sockets are left out.
void addListens(std::string_view all, std::vector<SocketUnit::Listen>& listens);

/// Every socket unit that has a file and is not masked, by name. One that cannot be read is a
/// failure of `reading`.
std::vector<SocketUnit> socketUnits(Reading& reading);

} // namespace agent
