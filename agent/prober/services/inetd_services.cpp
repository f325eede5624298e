#include "agent/prober/services/inetd_services.h"

#include "agent/prober/services/inetd_files.h"

#include <algorithm>

namespace agent {

namespace {

struct InetdIdentity {
    KnownService known;
    bool byPortOnly = false;
};

/// By its program, else by its name or port.
std::optional<InetdIdentity> identityOf(
    const InetdService& service, std::optional<uint32_t> port, ServiceIdentity& identity)
{
    const auto byName = typeOfInetdName(service.service);
    const auto type = byName || !port ? byName : typeOfPort(service.protocol, *port);
    if (service.program == "internal") {
        return InetdIdentity { { type.value_or("small-server"), "inetd" } };
    }
    const auto known = identity.of(service.program, service.arguments);
    if (known && !known->type.empty()) {
        return InetdIdentity { *known };
    }
    return type ? std::optional(InetdIdentity { { *type, programName(service.program) }, true })
                : std::nullopt;
}

/// Whether a super-server of this kind holds the socket.
bool isHeld(const Socket& socket, bool xinetd, const std::vector<Process>& processes)
{
    return socket.state != Socket::State::Connected
        && std::ranges::any_of(socket.holders, [&](size_t holder) {
               const Process& process = processes[holder];
               return isSuperServer(process.executable, process.arguments)
                   && (programName(process.executable) == "xinetd") == xinetd;
           });
}

class Adder {
public:
    Adder(const Root& root, const Activity& activity, bool atBoot, ServiceIdentity& identity,
        ServiceInventory& inventory)
        : root_(root)
        , activity_(activity)
        , atBoot_(atBoot)
        , identity_(identity)
        , inventory_(inventory)
    {
    }

    void add(const InetdFile& file, bool xinetd)
    {
        for (const InetdService& service : file.services) {
            add(service, file.path + ":" + std::to_string(service.line), xinetd);
        }
    }

private:
    /// One line or block. It is active if the super-server holds its socket.
    void add(const InetdService& service, const std::string& where, bool xinetd)
    {
        const auto port = portOf(root_, service.service, service.protocol);
        const auto found = identityOf(service, port, identity_);
        if (!found) {
            return;
        }
        auto& facts
            = inventory_.at(identity_.declared(found->known, service.protocol, port.value_or(0)));
        facts.socketActivated = true;
        facts.enabled = facts.enabled || atBoot_;
        facts.byPortOnly = found->byPortOnly;
        facts.installed
            = facts.installed || service.program == "internal" || root_.exists(service.program);
        facts.evidence.insert(where);
        bool held = false;
        for (const Socket& socket : activity_.sockets.all) {
            if (port && socket.port == *port && socket.protocol == service.protocol
                && isHeld(socket, xinetd, activity_.processes)) {
                facts.active = held = true;
                facts.endpoints.insert(endpointOf(socket));
            }
        }
        if (!held) {
            facts.endpoints.insert(service.service);
        }
    }

    const Root& root_;
    const Activity& activity_;
    bool atBoot_;
    ServiceIdentity& identity_;
    ServiceInventory& inventory_;
};

} // namespace

void addInetdServices(Reading& reading, const Activity& activity, bool atBoot,
    ServiceIdentity& identity, ServiceInventory& inventory)
{
    Adder adder(reading.root, activity, atBoot, identity, inventory);
    for (const InetdFile& file : inetdFiles(reading)) {
        try { // boundary: one file
            adder.add(file, false);
        } catch (const std::exception& e) {
            reading.failed(file.path, e);
        }
    }
    for (const InetdFile& file : xinetdFiles(reading)) {
        adder.add(file, true);
    }
}

} // namespace agent
