// Giving up privileges, in the order that works: limits, root folder, identity and capabilities,
// no-new-privs, system calls. Nothing here can be taken back.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <sys/types.h>
#include <vector>

namespace lockdown {

struct Privileges {
    uid_t uid = 0;
    gid_t gid = 0;
    bool changeIdentity = false; // false when not started as root, or when the identity is right
                                 // already: then only capabilities are given up
    std::string rootFolder; // chroot into it first, if not empty
    std::vector<unsigned> capabilities; // kept (CAP_* of linux/capability.h)
    uint64_t memory = 0; // RLIMIT_AS in bytes; 0 for no limit. Ignored under sanitizers
    uint64_t descriptors = 0; // RLIMIT_NOFILE; 0 for no limit
    bool mayFork = false; // otherwise RLIMIT_NPROC is no help, but fork and clone are refused
    std::vector<int> systemCalls; // allowed besides the basic ones (SYS_* / SCMP_SYS)
};

/// Neither this process nor one that it starts leaves a core file behind: it would hold secrets.
void leaveNoCore();

/// Gives up everything else, core dumps too; the signal for the parent's end (prctl(2)) stays as it
/// was set. A system call that is not allowed fails with EPERM; execve, ptrace and the like end the
/// process. Throws std::system_error: then do not go on.
void apply(const Privileges& privileges);

/// Basic system calls that every process of ours needs: memory, reading and writing open
/// descriptors, epoll, timers, signals, exit. Some of them only for harmless arguments: ioctl(2) on
/// sockets and terminals to ask, prlimit(2) and tgkill(2) for this process itself, and where
/// forking is allowed clone(2) without namespaces.
std::initializer_list<int> basic();

} // namespace lockdown
