#include "agent/prober/sockets.h"
#include "agent/prober/network_namespaces.h"
#include "agent/prober/proc_files.h"
#include "agent/prober/socket_holders.h"
#include "agent/prober/socket_tables.h"
#include "common/text.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace agent {

namespace {

/// Namespaces that nothing but a descriptor keeps.
void addFromDescriptors(const Root& root, const std::vector<Process>& processes,
    const SocketHolders& holders, std::set<uint64_t>& known, Sockets& out)
{
    for (const auto& [inode, holder] : holders.namespaces) {
        if (root.live() && known.insert(inode).second) {
            const auto& [index, link] = holder;
            addSockets(root, { namespaceName(root, processes[index]), inode, {}, link }, out);
        }
    }
}

void addStartedSince(const Root& root, std::vector<Process>& processes)
{
    std::set<uint32_t> known;
    for (const Process& one : processes) {
        known.insert(one.pid);
    }
    for (const std::string& name : root.list("/proc")) {
        const auto pid = text::number<uint32_t>(name);
        if (pid && known.insert(*pid).second) {
            if (auto one = process(root, *pid)) {
                processes.push_back(std::move(*one));
            }
        }
    }
}

bool assign(std::vector<Socket>& all, const SocketHolders& holders)
{
    bool missing = false;
    for (Socket& socket : all) {
        socket.holders = holders.of(socket.inode);
        missing = missing || socket.holders.empty();
    }
    return missing;
}

/// Sockets of `out` without a holder that are not there any more when looked again.
void dropClosed(const Root& root, const std::vector<Process>& processes, Sockets& out)
{
    std::set<std::string> spaces;
    for (const Socket& socket : out.all) {
        if (socket.holders.empty()) {
            spaces.insert(socket.networkNamespace);
        }
    }
    Sockets again;
    for (const NetworkNamespace& space : networkNamespaces(root, processes)) {
        if (spaces.contains(space.name)) {
            addSockets(root, space, again);
        }
    }
    std::set<uint64_t> open;
    for (const Socket& socket : again.all) {
        open.insert(socket.inode);
    }
    std::erase_if(out.all, [&](const Socket& socket) {
        return socket.holders.empty() && !open.contains(socket.inode);
    });
}

/// Sockets that were settled to be the kernel's stay so: their numbers are not given again. Returns
/// whether one is left that is not known.
bool rememberKernel(const std::vector<Socket>& all, bool settled)
{
    static std::set<uint64_t> kernel; // of this boot, as this process lives no longer
    std::set<uint64_t> now;
    bool left = false;
    for (const Socket& socket : all) {
        if (socket.holders.empty() && (settled || kernel.contains(socket.inode))) {
            now.insert(socket.inode);
        }
        left = left || (socket.holders.empty() && !now.contains(socket.inode));
    }
    kernel = std::move(now);
    return left;
}

/// A socket without holder is the kernel's, or a thread has parted with its process, or its holder
/// has just been started or has just closed it.
void settle(const Root& root, std::vector<Process>& processes, SocketHolders& holders, Sockets& out)
{
    addHolders(root, processes, 0, true, holders);
    if (!assign(out.all, holders) || !root.live()) {
        return;
    }
    const size_t before = processes.size();
    addStartedSince(root, processes);
    addHolders(root, processes, before, false, holders);
    if (assign(out.all, holders)) {
        dropClosed(root, processes, out);
    }
}

} // namespace

Sockets sockets(const Root& root, std::vector<Process>& processes)
{
    if (!root.exists("/proc/net")) {
        throw Absent("no /proc/net");
    }
    Sockets out;
    std::set<uint64_t> known;
    for (const NetworkNamespace& space : networkNamespaces(root, processes)) {
        known.insert(space.inode);
        addSockets(root, space, out);
    }
    SocketHolders holders;
    addHolders(root, processes, 0, false, holders);
    addFromDescriptors(root, processes, holders, known, out);
    const bool complete = holders.complete && !processes.empty() && seesAllProcesses(root);
    // Where not everything can be seen, to look again would not tell whose a socket is.
    if (assign(out.all, holders) && complete && (!root.live() || rememberKernel(out.all, false))) {
        settle(root, processes, holders, out);
        if (root.live()) {
            rememberKernel(out.all, holders.complete);
        }
    }
    for (Socket& socket : out.all) {
        socket.kernelOwned = complete && holders.complete && socket.holders.empty();
    }
    std::ranges::sort(out.all, {}, [](const Socket& socket) {
        return std::tie(
            socket.networkNamespace, socket.protocol, socket.port, socket.address, socket.inode);
    });
    return out;
}

} // namespace agent
