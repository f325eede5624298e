#include "agent/prober/network_namespaces.h"
#include "agent/prober/probe.h"
#include "agent/prober/proc_files.h"

#include <algorithm>
#include <cstdlib>
#include <fcntl.h>
#include <map>
#include <sched.h>

namespace agent {

namespace {

constexpr size_t MaxFolders = 8; // processes that are tried for the tables of one namespace

uint64_t linkedInode(const Root& root, const std::string& path)
try {
    return namespaceInode(root.link(path).value_or(""), "net").value_or(0);
} catch (const std::system_error&) {
    return 0; // not ours to read
}

NetworkNamespace hostNamespace(const Root& root, const std::vector<Process>& processes)
{
    NetworkNamespace host { "host" };
    const uint64_t own = linkedInode(root, "/proc/self/ns/net");
    for (const Process& process : processes) {
        if (host.inode == 0 && process.pid == 1) {
            host.inode = process.networkNamespace;
        }
    }
    if (root.live() && host.inode != 0 && host.inode != own) {
        host.folders = { "/proc/1/net" };
        host.pin = "/proc/1/ns/net";
        return host;
    }
    host.folders = { "/proc/net" };
    if (host.inode == 0) {
        host.inode = own;
    }
    return host;
}

/// Namespaces that a mount keeps, by number: `ip netns add` mounts them below /run/netns.
std::map<uint64_t, std::string> pinnedByMount(const Root& root)
{
    const std::string file = "/proc/self/mountinfo";
    std::map<uint64_t, std::string> pins;
    for (const Mount& mount : parseMountinfo(root.readIfThere(file).value_or(""), file)) {
        if (mount.type != "nsfs") {
            continue;
        }
        if (const auto inode = namespaceInode(mount.root, "net")) {
            auto [pin, fresh] = pins.emplace(*inode, mount.point);
            if (!fresh && mount.point.starts_with("/run/netns/")) {
                pin->second = mount.point; // one mount is seen at /var/run/netns too
            }
        }
    }
    return pins;
}

std::string nameOfPin(const std::string& path)
{
    for (const std::string_view folder : { "/run/netns/", "/var/run/netns/" }) {
        if (path.starts_with(folder)) {
            return path.substr(folder.size());
        }
    }
    return path;
}

} // namespace

std::string namespaceName(const Root& root, const Process& process)
{
    if (const auto unit = unitOf(root, process.pid)) {
        return "unit:" + *unit;
    }
    return "exe:" + (process.executable.empty() ? process.name : process.executable);
}

std::vector<NetworkNamespace> networkNamespaces(
    const Root& root, const std::vector<Process>& processes)
{
    const NetworkNamespace host = hostNamespace(root, processes);
    std::map<uint64_t, NetworkNamespace> others;
    for (const auto& [inode, path] : pinnedByMount(root)) {
        if (inode != host.inode) {
            others[inode] = { nameOfPin(path), inode, {}, root.live() ? path : "" };
        }
    }
    std::map<uint64_t, const Process*> oldest;
    for (const Process& process : processes) {
        if (process.networkNamespace == 0 || process.networkNamespace == host.inode) {
            continue;
        }
        NetworkNamespace& one = others[process.networkNamespace];
        one.inode = process.networkNamespace;
        const std::string folder = "/proc/" + std::to_string(process.pid);
        if (one.folders.size() < MaxFolders) {
            one.folders.push_back(folder + "/net");
        }
        if (one.pin.empty() && root.live()) {
            one.pin = folder + "/ns/net";
        }
        const Process*& first = oldest[one.inode];
        if (!first || process.startTicks < first->startTicks) {
            first = &process;
        }
    }
    std::vector<NetworkNamespace> all { host };
    for (auto& [inode, one] : others) {
        if (one.name.empty()) {
            one.name = namespaceName(root, *oldest.at(inode));
        }
        all.push_back(std::move(one));
    }
    std::ranges::sort(all.begin() + 1, all.end(), {}, &NetworkNamespace::name);
    return all;
}

InNamespace::InNamespace(const std::string& pin)
    : home_(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC))
{
    const fd::Fd there(::open(pin.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
    if (!home_ || !there || ::setns(there.get(), CLONE_NEWNET) != 0) {
        fd::fail(pin);
    }
}

InNamespace::~InNamespace()
{
    if (::setns(home_.get(), CLONE_NEWNET) != 0) {
        std::abort(); // to go on elsewhere would report one namespace as another
    }
}

} // namespace agent
