// What sock_diag(7) tells of sockets and /proc/net does not. Answers are of the network namespace
// that the process is in.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace agent {

struct SocketDetail {
    uint32_t interface = 0; // index, of SO_BINDTODEVICE; 0 if it is not bound to one
    std::optional<bool> ipv6Only {}; // of IPv6 sockets
};

/// Details of the sockets of a family (AF_INET, AF_INET6) and IP protocol, by inode. Of streams
/// only of those that listen. Nothing if the kernel does not answer.
std::optional<std::map<uint64_t, SocketDetail>> socketDetails(int family, int protocol);

struct VsockListener {
    uint32_t contextId; // VMADDR_CID_ANY is 4294967295
    uint32_t port;
    bool stream;
    uint64_t inode;
};
/// Nothing if the kernel does not answer.
std::vector<VsockListener> vsockListeners();

} // namespace agent
