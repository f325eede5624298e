#include "agent/prober/activity_signature.h"
#include "agent/prober/activity_counters.h"
#include "agent/prober/net_tables.h"
#include "agent/prober/network_namespaces.h"
#include "agent/prober/root.h"
#include "agent/prober/sock_diag.h"
#include "agent/prober/sources.h"
#include "common/digest.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace agent {

namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds Shared { 100 };
constexpr std::chrono::seconds Believed { 5 }; // that nothing changed while no counter moved

template <typename T> void add(digest::Sha256& sum, const T& value)
{
    sum.add({ reinterpret_cast<const char*>(&value), sizeof value });
}

void addText(digest::Sha256& sum, std::string_view text)
{
    add(sum, text.size());
    sum.add(text);
}

struct ProcessSignature {
    std::string digest;
    std::map<std::string, std::string> namespaces; // by "net:[...]": a file to enter it by
};

ProcessSignature processSignature()
{
    const std::unique_ptr<DIR, int (*)(DIR*)> proc(::opendir("/proc"), &::closedir);
    if (!proc) {
        fd::fail("/proc");
    }
    const int at = ::dirfd(proc.get());
    ProcessSignature out;
    digest::Sha256 sum;
    char target[4096];
    while (const dirent* entry = ::readdir(proc.get())) {
        const std::string pid = entry->d_name;
        if (pid[0] < '1' || pid[0] > '9') {
            continue;
        }
        addText(sum, pid);
        const ssize_t n = ::readlinkat(at, (pid + "/exe").c_str(), target, sizeof target);
        if (n < 0) {
            continue; // a thread of the kernel, or a zombie
        }
        addText(sum, { target, static_cast<size_t>(n) });
        struct stat what { };
        if (::fstatat(at, pid.c_str(), &what, 0) == 0) {
            add(sum, what.st_uid);
        }
        const std::string space = pid + "/ns/net";
        const ssize_t m = ::readlinkat(at, space.c_str(), target, sizeof target);
        if (m > 0) {
            addText(sum, { target, static_cast<size_t>(m) });
            out.namespaces.try_emplace(
                std::string(target, static_cast<size_t>(m)), "/proc/" + space);
        }
    }
    out.digest = sum.bytes();
    return out;
}

void addRows(const Root& root, const char* name, bool stream, digest::Sha256& sum)
{
    const std::string file = std::string("/proc/net/") + name;
    const auto all = root.readIfThere(file);
    if (!all) {
        return;
    }
    for (const NetRow& row : parseInetTable(*all, file, stream)) {
        addText(sum, row.address);
        add(sum, row.port);
        add(sum, row.connected);
        add(sum, row.inode);
    }
}

/// TCP sockets that listen: the kernel has them apart, while its table in /proc goes through all.
void addListeners(const Root& root, int family, const char* table, digest::Sha256& sum)
{
    const auto listeners = socketDetails(family, IPPROTO_TCP);
    if (!listeners) {
        addRows(root, table, true, sum);
        return;
    }
    for (const auto& [inode, detail] : *listeners) {
        add(sum, inode);
        add(sum, detail.interface);
    }
}

void addSockets(const Root& root, digest::Sha256& sum)
{
    addListeners(root, AF_INET, "tcp", sum);
    addListeners(root, AF_INET6, "tcp6", sum);
    for (const char* name : { "udp", "udp6", "udplite", "udplite6", "raw", "raw6" }) {
        addText(sum, name);
        addRows(root, name, false, sum);
    }
    if (const auto all = root.readIfThere("/proc/net/packet")) {
        for (const NetRow& row : parsePacketTable(*all, "/proc/net/packet")) {
            add(sum, row.interface);
            add(sum, row.port);
            add(sum, row.inode);
        }
    }
    if (const auto all = root.readIfThere("/proc/net/sctp/eps")) {
        for (const NetRow& row : parseSctpEndpoints(*all, "/proc/net/sctp/eps")) {
            addText(sum, row.address);
            add(sum, row.port);
        }
    }
    for (const VsockListener& one : vsockListeners()) {
        add(sum, one.port);
        add(sum, one.inode);
    }
}

using Namespaces = std::map<std::string, std::string>; // as in ProcessSignature

/// Those that a mount keeps.
const Namespaces& pinnedNow(const Root& root)
{
    static std::optional<Namespaces> pinned;
    if (mountsMoved() || !pinned) {
        pinned.reset(); // also if they cannot be read now
        Namespaces all;
        for (const NetworkNamespace& space : networkNamespaces(root, {})) {
            if (!space.pin.empty()) {
                all.try_emplace("net:[" + std::to_string(space.inode) + "]", space.pin);
            }
        }
        pinned = std::move(all);
    }
    return *pinned;
}

std::string socketSignature(const Root& root, const Namespaces& namespaces)
{
    const std::string own = root.link("/proc/self/ns/net").value_or("");
    digest::Sha256 sum;
    for (const auto& [name, file] : namespaces) {
        addText(sum, name);
        std::optional<InNamespace> inside;
        if (name != own) {
            try {
                inside.emplace(file);
            } catch (const std::system_error& e) {
                if (e.code().value() != ENOENT && e.code().value() != ESRCH) {
                    throw;
                }
                continue; // its process has just ended
            }
        }
        addSockets(root, sum);
    }
    return sum.bytes();
}

/// What was last found, and how the kernel's numbers were before that.
template <typename T> struct Last {
    std::optional<T> found {};
    std::string counters {};
    steady_clock::time_point since {};

    /// `count` says how the numbers are; if it says nothing they are not to be believed.
    template <typename Count, typename Find> const T& now(const Count& count, const Find& find)
    {
        const auto time = steady_clock::now();
        const auto age = time - since;
        if (found && age <= Shared) {
            return *found;
        }
        std::string numbers = count();
        if (!found || numbers.empty() || numbers != counters || age > Believed) {
            found = find();
            since = time;
        }
        counters = std::move(numbers);
        return *found;
    }
};

// Of the running system, of which there is one.
Last<ProcessSignature> lastProcesses;
Last<std::string> lastSockets;
Namespaces socketsOf;
bool countersBelieved = false;

bool sameNames(const Namespaces& a, const Namespaces& b)
{
    return std::ranges::equal(
        a, b, {}, &Namespaces::value_type::first, &Namespaces::value_type::first);
}

const ProcessSignature& processesNow()
{
    const auto count = [] { return countersBelieved ? processCounters() : ""; };
    return lastProcesses.now(count, processSignature);
}

const std::string& socketsNow(const Root& root)
{
    Namespaces all = processesNow().namespaces;
    const Namespaces& pinned = pinnedNow(root);
    all.insert(pinned.begin(), pinned.end());
    if (!sameNames(all, socketsOf)) {
        lastSockets = {};
    }
    socketsOf = std::move(all);
    const auto count = [] { return socketCounters(socketsOf); };
    return lastSockets.now(count, [&root] { return socketSignature(root, socketsOf); });
}

} // namespace

std::string listenerSignature()
{
    digest::Sha256 sum;
    for (const int family : { AF_INET, AF_INET6 }) {
        for (const int protocol : { IPPROTO_TCP, IPPROTO_UDP }) {
            const auto sockets = socketDetails(family, protocol);
            if (!sockets) {
                return "";
            }
            for (const auto& [inode, detail] : *sockets) {
                add(sum, inode);
            }
        }
    }
    return sum.bytes();
}

void forgetSignatures()
{
    lastProcesses = {};
    lastSockets = {};
}

void believeCounters(bool believe)
{
    countersBelieved = believe;
}

void execChanged()
{
    lastProcesses.counters.clear();
}

bool recordActivity(const Root& root, std::string_view path)
{
    const bool ofProcess = path == "/proc" || (path.size() > 6 && path[6] >= '1' && path[6] <= '9');
    const size_t slash = path.size() > 6 ? path.find('/', 6) : path.npos;
    const bool ofSockets = path == "/proc/net" || path.starts_with("/proc/net/")
        || (ofProcess && slash != path.npos && path.substr(slash).starts_with("/net"));
    if (!ofProcess && !ofSockets) {
        return false;
    }
    Sources& sources = *root.sources();
    const Root::Recording none(root, nullptr);
    const char* const name = ofSockets ? "sockets" : "processes";
    if (sources.knows(name)) {
        return true;
    }
    try { // boundary: without a signature there is no saying that nothing has changed
        if (ofSockets) {
            sources.other(
                name, [&root, then = socketsNow(root)] { return socketsNow(root) != then; });
        } else {
            sources.other(
                name, [then = processesNow().digest] { return processesNow().digest != then; });
        }
    } catch (const std::exception&) {
        sources.uncertain();
    }
    return true;
}

} // namespace agent
