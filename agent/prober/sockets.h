// Sockets that accept traffic from others, in every network namespace, with the processes that
// hold them: /proc/net (proc(5)), /proc/PID/net, /proc/PID/fd, and sock_diag(7) where the system
// itself is probed.
#pragma once

#include "agent/prober/probe.h"
#include "agent/prober/processes.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agent {

struct Socket {
    enum class State { Listen, Unconnected, Connected };

    std::string networkNamespace; // 'host', name below /run/netns, 'unit:...', 'exe:...'
    std::string protocol; // tcp udp udplite sctp raw packet vsock
    bool ipv6 = false;
    std::string address; // as inet_ntop(3) writes it; for a packet socket its interface or '*'
    uint32_t port = 0; // IP protocol of a raw socket, ethertype of a packet socket
    State state = State::Unconnected;
    uint64_t inode = 0; // unique among all namespaces of a running kernel
    uid_t user = 0; // who made it
    std::optional<bool> ipv6Only {}; // nothing if the system does not tell
    std::vector<std::string> interfaces {}; // that it is bound to, else that have its address
    std::vector<size_t> holders {}; // indices into the processes that were given, ascending
    /// No process has a descriptor of it, and all could be looked at: the kernel holds it. False
    /// with no holders: it is not known who does.
    bool kernelOwned = false;
};

struct Sockets {
    std::vector<Socket> all; // by namespace, protocol, port and address
    std::vector<Reading::Failure> failures; // sources that could not be read or understood
};

/// TCP sockets that listen, and all datagram, raw and packet sockets. A process that was started
/// since `processes` were read and holds one is appended to them. Throws Absent if there is no
/// /proc/net.
Sockets sockets(const Root& root, std::vector<Process>& processes);

} // namespace agent
