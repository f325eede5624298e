#include "agent/prober/services/open.h"

#include "agent/prober/services/boot.h"
#include "agent/prober/socket_units.h"

namespace agent {

namespace {

bool isLoopback(const Socket& socket)
{
    return socket.address.starts_with("127.") || socket.address == "::1"
        || socket.address.starts_with("::ffff:127.");
}

class OpenSockets {
public:
    OpenSockets(const std::vector<Process>& processes, const Units& units,
        ServiceIdentity& identity, ServiceInventory& inventory)
        : processes_(processes)
        , units_(units)
        , listening_(socketUnits(units))
        , identity_(identity)
        , inventory_(inventory)
    {
    }

    void add(const Socket& socket)
    {
        bool explained = false;
        for (const size_t holder : socket.holders) {
            explained = addHeld(socket, processes_[holder]) || explained;
        }
        if (!explained) {
            addByPort(socket);
        }
    }

private:
    /// False if the holder does not tell what the socket is for.
    bool addHeld(const Socket& socket, const Process& holder)
    {
        if (isSuperServer(holder.executable, holder.arguments)) {
            return true; // its configuration says what
        }
        if (holder.pid == 1) {
            return addHeldBySystemd(socket);
        }
        const auto known = identity_.of(holder.executable, holder.arguments);
        const auto type
            = known ? identity_.typeAt(*known, socket.protocol, socket.port) : std::nullopt;
        if (type) {
            open({ *type, known->implementation }, socket, holder.executable);
        }
        return known.has_value();
    }

    bool addHeldBySystemd(const Socket& socket)
    {
        bool found = false;
        for (const SocketUnit& listening : listening_) {
            const Unit* unit = listening.holds(socket) ? units_.find(listening.name) : nullptr;
            const auto started = unit ? startedBy(*unit, units_, identity_) : std::nullopt;
            const auto type = started
                ? identity_.typeAt(started->known, socket.protocol, socket.port)
                : std::nullopt;
            if (type) {
                auto& facts = open({ *type, started->known.implementation }, socket, "");
                facts.socketActivated = true;
                facts.byPortOnly = started->byPortOnly;
                facts.evidence.insert("unit " + listening.name);
                found = true;
            }
        }
        return found;
    }

    void addByPort(const Socket& socket)
    {
        const auto type = typeOfPort(socket.protocol, socket.port);
        if (!type) {
            return;
        }
        const Process* holder = socket.holders.empty() ? nullptr : &processes_[socket.holders[0]];
        const std::string name = !holder ? (socket.kernelOwned ? "kernel" : "unknown")
            : holder->executable.empty() ? holder->name
                                         : programName(holder->executable);
        auto& facts = open(
            { *type, name.empty() ? "unknown" : name }, socket, holder ? holder->executable : "");
        facts.byPortOnly = true;
    }

    ServiceFacts& open(
        const KnownService& service, const Socket& socket, const std::string& executable)
    {
        ServiceFacts& facts = inventory_.at(service);
        facts.active = facts.active || isLoginType(service.type) || !isLoopback(socket);
        facts.endpoints.insert(endpointOf(socket));
        if (!executable.empty()) {
            facts.installed = true;
            facts.path = facts.path.empty() ? executable : facts.path;
            facts.evidence.insert("process " + executable);
        }
        return facts;
    }

    const std::vector<Process>& processes_;
    const Units& units_;
    std::vector<SocketUnit> listening_;
    ServiceIdentity& identity_;
    ServiceInventory& inventory_;
};

} // namespace

void addOpen(const Activity& activity, const Units& units, ServiceIdentity& identity,
    ServiceInventory& inventory)
{
    OpenSockets open(activity.processes, units, identity, inventory);
    for (const Socket& socket : activity.sockets.all) {
        if (socket.state != Socket::State::Connected
            && (socket.protocol == "tcp" || socket.protocol == "udp")) {
            open.add(socket);
        }
    }
}

void addSessions(
    const Activity& activity, const ServiceIdentity& identity, ServiceInventory& inventory)
{
    for (const Process& process : activity.processes) {
        const auto known = process.kernelThread || process.zombie()
            ? std::nullopt
            : knownProgram(process.executable, process.arguments);
        if (known && (known->type == "telnet" || known->type == "rsh" || known->type == "ftp")) {
            auto& facts = inventory.at(identity.declared(*known));
            facts.active = facts.installed = true;
            facts.evidence.insert("process " + process.executable);
        }
    }
}

} // namespace agent
