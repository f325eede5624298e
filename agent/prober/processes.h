// The processes of the system, read from /proc in one pass (proc(5)).
#pragma once

#include "agent/prober/root.h"

#include <cstdint>
#include <exception>
#include <functional>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace agent {

struct Process {
    uint32_t pid = 0;
    uint32_t parent = 0;
    uint64_t startTicks = 0;
    uint32_t threads = 0;
    char state = '?'; // Z: a zombie, of which only pid, parent and name remain
    bool kernelThread = false; // then only what stands above, and the name, is read
    bool denied = false; // executable or namespace may not be read by us
    bool deleted = false; // the executable has no name any more
    bool argumentsCut = false; // there are more arguments than are kept
    std::string name {}; // as the process calls itself: bytes, at most 15 for others than kworkers
    uid_t user = 0; // effective
    gid_t group = 0;
    uint64_t capabilities = 0; // effective, a bit for each CAP_*
    std::vector<std::string> arguments {};
    std::string executable {}; // as the kernel has it, without " (deleted)"; empty if not known
    std::string image {}; // what Root::openExecutable takes: its id, or "id/task/id" of a thread
    dev_t imageDevice = 0; // of the file that runs, whatever is at its path now
    ino_t imageInode = 0; // 0 if not known
    uint64_t networkNamespace = 0; // inode; 0 if not known

    bool zombie() const { return (state == 'Z' || state == 'X') && threads <= 1; }
};

/// One whose files are not as the kernel writes them: something is mounted over them.
using OddProcess = std::function<void(const std::string& folder, const std::exception& error)>;

/// Every process that was there all the time it was read, by pid. Throws Absent if there is no
/// /proc.
std::vector<Process> processes(const Root& root, const OddProcess& odd);
/// One process; nothing if it is gone.
std::optional<Process> process(const Root& root, uint32_t pid);

/// Process ids of the first pid namespace are those of all processes; in a later one (a container)
/// many are not seen, and the kernel's own messages have other ids.
bool seesAllProcesses(const Root& root);

/// systemd unit that the process belongs to, by its control group.
std::optional<std::string> unitOf(const Root& root, uint32_t pid);

} // namespace agent
