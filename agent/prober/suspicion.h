// Signs that a process is not what it seems.
#pragma once

#include "agent/prober/processes.h"
#include "agent/prober/root.h"

#include <optional>
#include <string>
#include <sys/stat.h>

namespace agent {

/// Why a process of a user that calls itself a thread of the kernel, or another program, deceives;
/// nothing if it does not.
std::optional<std::string> masquerade(const Root& root, const Process& process);

/// Why others than its owner can change or replace a file: its own mode or that of a folder above.
/// The sticky bit does not count in its favour: anybody can have put it there.
std::optional<std::string> writableByOthers(const Root& root, const std::string& path);

/// Name of the memory file system that a running image is in; nothing if it is on a disk, or if
/// the root of the system is in memory itself. `image` is its open file, -1 if there is none.
std::optional<std::string> memoryBacked(const Root& root, const Process& process, int image);

} // namespace agent
