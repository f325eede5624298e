// Network namespaces (network_namespaces(7)): their names, and how their tables can be reached.
#pragma once

#include "agent/prober/processes.h"

#include <cstdint>
#include <string>
#include <vector>

namespace agent {

struct NetworkNamespace {
    /// Name that stays over restarts: "host" for that of process 1; the name below /run/netns;
    /// "unit:" and "exe:" with the unit or executable that holds it. Never its number.
    std::string name;
    uint64_t inode = 0; // 0 if not known
    std::vector<std::string> folders {}; // with its tables: /proc/net, /proc/PID/net
    std::string pin {}; // file that can be entered (setns(2)), if the system itself is probed
};

/// The host's first, then by name.
std::vector<NetworkNamespace> networkNamespaces(
    const Root& root, const std::vector<Process>& processes);

/// Name of one that `process` holds, by an open descriptor or by being in it.
std::string namespaceName(const Root& root, const Process& process);

/// In another namespace as long as it lives. Throws std::system_error if that is not permitted.
class InNamespace {
public:
    explicit InNamespace(const std::string& pin);
    ~InNamespace();
    InNamespace(const InNamespace&) = delete;
    InNamespace& operator=(const InNamespace&) = delete;

private:
    fd::Fd home_;
};

} // namespace agent
