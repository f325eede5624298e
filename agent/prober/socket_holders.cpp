#include "agent/prober/socket_holders.h"
#include "agent/prober/proc_files.h"
#include "common/text.h"

#include <algorithm>
#include <cerrno>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string_view>
#include <unistd.h>

namespace agent {

namespace {

using Dir = std::unique_ptr<DIR, int (*)(DIR*)>;

/// A link that could not be read because the descriptor was closed meanwhile is none.
void readFolder(fd::Fd folder, const std::string& path, size_t index, SocketHolders& holders)
{
    const Dir dir(::fdopendir(folder.get()), &::closedir);
    if (!dir) {
        fd::fail(path);
    }
    const int at = folder.release();
    char target[64]; // longer ones are paths
    for (;;) {
        errno = 0;
        const dirent* entry = ::readdir(dir.get());
        if (!entry) {
            break;
        }
        const ssize_t n = ::readlinkat(at, entry->d_name, target, sizeof target);
        if (n < 0) {
            holders.complete = holders.complete && errno != EACCES && errno != EPERM;
            continue;
        }
        const std::string_view link(target, static_cast<size_t>(n));
        if (const auto inode = namespaceInode(link, "socket")) {
            holders.all.emplace_back(*inode, index);
        } else if (const auto space = namespaceInode(link, "net")) {
            holders.namespaces.emplace(*space, std::pair(index, path + "/" + entry->d_name));
        }
    }
    holders.complete = holders.complete && errno == 0;
}

void readDescriptors(
    const Root& root, const std::string& folder, size_t index, SocketHolders& holders)
try {
    readFolder(root.open(folder, O_DIRECTORY), folder, index, holders);
} catch (const Absent&) {
    // Of a running system: the process has ended, and what it held is closed.
    holders.complete = holders.complete && root.live();
} catch (const std::system_error& e) {
    if (e.code().value() != EACCES && e.code().value() != EPERM) {
        throw;
    }
    holders.complete = false;
}

} // namespace

std::vector<size_t> SocketHolders::of(uint64_t inode) const
{
    std::vector<size_t> out;
    auto at = std::ranges::lower_bound(all, std::pair<uint64_t, size_t>(inode, 0));
    for (; at != all.end() && at->first == inode; ++at) {
        if (out.empty() || out.back() != at->second) {
            out.push_back(at->second);
        }
    }
    return out;
}

void addHolders(const Root& root, const std::vector<Process>& processes, size_t first, bool threads,
    SocketHolders& holders)
{
    for (size_t i = first; i < processes.size(); ++i) {
        const Process& process = processes[i];
        if (process.kernelThread || process.zombie()) {
            continue;
        }
        const std::string folder = "/proc/" + std::to_string(process.pid);
        if (!threads && process.state != 'Z') {
            readDescriptors(root, folder + "/fd", i, holders);
        } else if (process.threads > 1) {
            for (const std::string& thread : root.list(folder + "/task")) {
                readDescriptors(root, folder + "/task/" + thread + "/fd", i, holders);
            }
        }
    }
    std::ranges::sort(holders.all);
}

} // namespace agent
