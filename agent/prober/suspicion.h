// Signs that a process is not what it seems.
#pragma once

#include "agent/prober/processes.h"
#include "agent/prober/root.h"

#include <map>
#include <optional>
#include <string>
#include <sys/stat.h>

namespace agent {

/// Why a process of a user that calls itself a thread of the kernel, or another program, deceives;
/// nothing if it does not.
std::optional<std::string> masquerade(const Root& root, const Process& process);

/// Why others than its owner can change or replace a file: its own mode or that of a folder above.
/// The sticky bit does not count in a folder's favour: anybody can have put the file there.
class Writers {
public:
    explicit Writers(const Root& root)
        : root_(root)
    {
    }
    std::optional<std::string> of(const std::string& path);

private:
    const Root& root_;
    std::map<std::string, std::string> known_; // folders that were looked at
};

/// Name of the memory file system that a running image is in; nothing if it is on a disk, or if
/// the root of the system is in memory itself. `image` is its open file, -1 if there is none.
std::optional<std::string> memoryBacked(const Root& root, const Process& process, int image);

} // namespace agent
