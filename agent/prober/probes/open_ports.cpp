// Sockets that accept traffic, of every protocol and network namespace, and who holds them: see
// agent/prober/sockets.h. Several sockets on one address (SO_REUSEPORT, SO_BINDTODEVICE) are one
// entry.
#include "agent/prober/accounts.h"
#include "agent/prober/activity_signature.h"
#include "agent/prober/probe.h"
#include "agent/prober/socket_units.h"
#include "agent/prober/sockets.h"
#include "agent/prober/sources.h"
#include "common/text.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace agent {

namespace {

struct Owner {
    std::set<uint32_t> pids;
    std::string unit;
};

struct Port {
    const Socket* first = nullptr;
    Socket::State state = Socket::State::Connected;
    bool bound = true; // each of the sockets is bound to an interface or an address of one
    std::set<std::string> interfaces;
    bool ipv6 = false;
    std::optional<bool> ipv6Only {};
    bool kernelOwned = true;
    bool unknownOwner = false;
    std::map<std::pair<std::string, std::string>, Owner> owners; // by executable and user
};

using Ports = std::map<std::tuple<std::string, std::string, std::string, uint32_t>, Port>;

std::string scopeOf(const Port& port)
{
    std::string_view address = port.first->address;
    if (port.first->protocol == "packet") {
        return address == "*" ? "any" : "link-local";
    }
    if (port.first->protocol == "vsock") {
        return address == "*" ? "any" : address == "1" ? "loopback" : "specific";
    }
    if (address.starts_with("::ffff:") && address.find('.') != address.npos) {
        address.remove_prefix(7);
    }
    if (address.starts_with("127.") || address == "::1"
        || (port.bound && port.interfaces == std::set<std::string> { "lo" })) {
        return "loopback";
    }
    if (address == "0.0.0.0" || address == "::") {
        return "any";
    }
    // fe80::/10 and link-local multicast: RFC 4291; 169.254/16: RFC 3927; 224.0.0/24: RFC 5771.
    const bool local = address.starts_with("169.254.") || address.starts_with("224.0.0.")
        || address.starts_with("ff02:")
        || (address.size() > 4 && address.starts_with("fe") && address[4] == ':'
            && std::string_view("89ab").find(address[2]) != std::string_view::npos);
    return local ? "link-local" : "specific";
}

class Writer {
public:
    Writer(Reading& reading, const Sockets& sockets, const std::vector<Process>& processes)
        : reading_(reading)
        , sockets_(sockets)
        , processes_(processes)
        , names_(reading.root)
    {
    }

    void write()
    {
        for (const Socket& socket : sockets_.all) {
            add(socket);
        }
        for (const auto& [key, port] : ports_) {
            write(port);
        }
    }

private:
    void add(const Socket& socket)
    {
        const auto name = text::carried(socket.networkNamespace);
        Port& port = ports_[{ name, socket.protocol, socket.address, socket.port }];
        port.first = port.first ? port.first : &socket;
        port.state = std::min(port.state, socket.state);
        port.bound = port.bound && !socket.interfaces.empty();
        port.interfaces.insert(socket.interfaces.begin(), socket.interfaces.end());
        port.ipv6 = socket.ipv6;
        if (socket.ipv6Only) {
            port.ipv6Only = port.ipv6Only.value_or(true) && *socket.ipv6Only;
        }
        port.kernelOwned = port.kernelOwned && socket.kernelOwned;
        for (const size_t holder : socket.holders) {
            addOwner(socket, holder, port);
        }
        if (socket.holders.empty() && !socket.kernelOwned) {
            port.owners[{ "", names_.user(socket.user) }];
            port.unknownOwner = true;
        }
    }

    void addOwner(const Socket& socket, size_t index, Port& port)
    {
        const Process& holder = processes_[index];
        const auto key = std::pair(text::carried(holder.executable), names_.user(holder.user));
        Owner& owner = port.owners[key];
        // Children that have it from a parent of the same kind come and go.
        const bool inherited = std::ranges::any_of(socket.holders, [&](size_t other) {
            return processes_[other].pid == holder.parent
                && processes_[other].executable == holder.executable;
        });
        if (!inherited) {
            owner.pids.insert(holder.pid);
        }
        if (owner.unit.empty()) {
            owner.unit = holder.pid == 1 ? heldFor(socket) : unitOfHolder(index);
        }
    }

    const std::string& unitOfHolder(size_t index)
    {
        const auto [at, fresh] = units_.try_emplace(index);
        if (fresh) {
            const Root& root = reading_.root;
            const Root::Recording those(root, root.live() ? nullptr : root.sources());
            at->second = unitOf(root, processes_[index].pid).value_or("");
        }
        return at->second;
    }

    /// What systemd itself holds it does for a unit that will be started by it.
    std::string heldFor(const Socket& socket)
    {
        if (!socketUnits_) {
            socketUnits_ = socketUnits(Units(reading_, Units::Kinds::Sockets));
        }
        const auto found = std::ranges::find_if(
            *socketUnits_, [&](const SocketUnit& unit) { return unit.holds(socket); });
        return found == socketUnits_->end() ? "" : found->name;
    }

    /// Whether an IPv6 socket on all addresses takes IPv4 too. Where the kernel does not tell, it
    /// does as IPV6_V6ONLY is off by default, unless another socket has IPv4 for itself.
    bool servesIpv4(const Port& port) const
    {
        if (port.ipv6Only) {
            return !*port.ipv6Only;
        }
        return !ports_.contains({ text::carried(port.first->networkNamespace), port.first->protocol,
            "0.0.0.0", port.first->port });
    }

    void write(const Port& port)
    {
        const Socket& socket = *port.first;
        const yang::Node out = reading_.out.entry("port",
            { text::carried(socket.networkNamespace), "femto-security-types:" + socket.protocol,
                socket.address, std::to_string(socket.port) });
        out.leaf("state",
            port.state == Socket::State::Listen            ? "listen"
                : port.state == Socket::State::Unconnected ? "unconnected"
                                                           : "connected");
        for (const std::string& interface : port.interfaces) {
            if (port.bound) {
                out.leaf("bound-interface", text::carried(interface));
            }
        }
        out.leaf("scope", scopeOf(port));
        if (port.ipv6 && socket.address == "::" && socket.protocol != "raw") {
            out.leaf("ipv4-mapped", servesIpv4(port));
        }
        if (!port.unknownOwner) {
            out.leaf("kernel-owned", port.kernelOwned);
        }
        for (const auto& [key, owner] : port.owners) {
            const yang::Node entry = out.entry("owner", { key.first, key.second });
            for (const uint32_t pid : owner.pids) {
                entry.leaf("pid", pid);
            }
            if (!owner.unit.empty()) {
                entry.leaf("unit", text::carried(owner.unit));
            }
        }
    }

    Reading& reading_;
    const Sockets& sockets_;
    const std::vector<Process>& processes_;
    Names names_;
    Ports ports_;
    std::map<size_t, std::string> units_;
    std::optional<std::vector<SocketUnit>> socketUnits_;
};

/// Whether the programs that hold sockets are still there and the same. That a socket is handed to
/// one more process shows in a full reading only.
std::function<bool()> holdersChange(
    const Root& root, const Sockets& found, const std::vector<Process>& all)
{
    std::map<uint32_t, std::string> holders;
    for (const Socket& socket : found.all) {
        for (const size_t holder : socket.holders) {
            holders.emplace(all[holder].pid, all[holder].executable);
        }
    }
    return [&root, holders = std::move(holders)] {
        return std::ranges::any_of(holders, [&](const auto& each) {
            const auto now = root.link("/proc/" + std::to_string(each.first) + "/exe");
            return !now || !now->starts_with(each.second); // " (deleted)" may follow
        });
    };
}

} // namespace

void readOpenPorts(Reading& reading)
{
    const Root& root = reading.root;
    Sources* const sources = root.live() ? root.sources() : nullptr;
    if (sources) {
        recordActivity(root, "/proc/net");
    }
    std::vector<Process> all;
    Sockets found;
    {
        // Processes that hold no socket come and go as they like.
        const Root::Recording those(root, root.live() ? nullptr : root.sources());
        if (root.exists("/proc")) {
            all = processes(root, reading.failing());
        }
        found = sockets(root, all);
    }
    if (sources) {
        sources->other("holders", holdersChange(root, found, all));
    }
    for (const Reading::Failure& failure : found.failures) {
        reading.failures.push_back(failure);
    }
    Writer(reading, found, all).write();
}

} // namespace agent
