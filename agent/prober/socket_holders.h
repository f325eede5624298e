// Which processes hold which sockets: the links in /proc/PID/fd (proc(5)).
#pragma once

#include "agent/prober/processes.h"

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace agent {

struct SocketHolders {
    std::vector<std::pair<uint64_t, size_t>> all; // inode and index of the process, ascending
    /// Network namespaces that a descriptor refers to: number, index of the process, its link.
    std::map<uint64_t, std::pair<size_t, std::string>> namespaces;
    bool complete = true; // every descriptor of every process could be read

    std::vector<size_t> of(uint64_t inode) const;
};

/// Reads the descriptors of processes[first...]. With `threads`, of every thread: one may have
/// parted with its process's descriptors (unshare(2), CLONE_FILES).
void addHolders(const Root& root, const std::vector<Process>& processes, size_t first, bool threads,
    SocketHolders& holders);

} // namespace agent
