#include "agent/prober/services/boot.h"

#include "agent/prober/services/boot_links.h"
#include "agent/prober/socket_units.h"

#include <algorithm>

namespace agent {

namespace {

/// Program of a command line of systemd.service(5): "@-+!:" before it, tcpd and env left out.
std::vector<std::string> commandOf(const Unit& unit)
{
    const auto commands = unit.values("Service.ExecStart");
    if (commands.empty()) {
        return {};
    }
    std::vector<std::string> words = unitWords(commands.front());
    if (words.empty()) {
        return {};
    }
    const size_t begin = words[0].find_first_not_of("@-+!:|");
    const bool renamed = words[0].substr(0, begin).find('@') != std::string::npos;
    words[0] = begin == std::string::npos ? "" : words[0].substr(begin);
    if (renamed && words.size() > 1) {
        words.erase(words.begin() + 1);
    }
    while (
        words.size() > 1 && (programName(words[0]) == "tcpd" || programName(words[0]) == "env")) {
        words.erase(words.begin());
    }
    return words;
}

void addSocket(
    const Unit& socket, const Units& units, ServiceIdentity& identity, ServiceInventory& inventory)
{
    const auto started = startedBy(socket, units, identity);
    if (!started || started->known.type.empty() || !socket.enabled) {
        return;
    }
    auto& facts = inventory.at(identity.declared(started->known));
    facts.enabled = facts.socketActivated = true;
    facts.byPortOnly = started->byPortOnly;
    facts.evidence.insert("unit " + socket.name + " is enabled");
}

} // namespace

std::optional<StartedService> startedBy(
    const Unit& socket, const Units& units, ServiceIdentity& identity)
{
    const Unit* service = units.serviceOf(socket);
    const auto command = service ? commandOf(*service) : std::vector<std::string> {};
    if (!command.empty()) {
        if (auto known = identity.of(command[0], command)) {
            return StartedService { *known };
        }
    }
    auto listens = listensOf(socket.assignments);
    std::stable_partition(
        listens.begin(), listens.end(), [](const auto& listen) { return listen.stream; });
    for (const auto& listen : listens) {
        if (const auto type = typeOfPort(listen.stream ? "tcp" : "udp", listen.port)) {
            const std::string name = command.empty() ? socket.name : programName(command[0]);
            return StartedService { { *type, name }, true };
        }
    }
    return std::nullopt;
}

bool addUnits(
    const Root& root, const Units& units, ServiceIdentity& identity, ServiceInventory& inventory)
{
    bool superServer = false;
    for (const auto& [name, unit] : units.all()) {
        if (unit.masked) {
            continue;
        }
        if (name.ends_with(".socket")) {
            addSocket(unit, units, identity, inventory);
            continue;
        }
        const auto command = commandOf(unit);
        if (command.empty()) {
            continue;
        }
        superServer = superServer || (unit.enabled && isSuperServer(command[0], command));
        const auto known = identity.of(command[0], command);
        if (known && unit.enabled) {
            inventory.enable(known->implementation, "unit " + name + " is enabled");
        }
        if (known && !known->type.empty() && root.exists(command[0])) {
            auto& facts = inventory.at(identity.declared(*known));
            facts.installed = true;
            facts.path = facts.path.empty() ? command[0] : facts.path;
        }
    }
    return superServer;
}

bool addBootLinks(
    const Root& root, const Units& units, ServiceIdentity& identity, ServiceInventory& inventory)
{
    const bool systemd = root.exists("/usr/lib/systemd/systemd")
        || root.exists("/lib/systemd/systemd") || root.exists("/run/systemd/system");
    bool superServer = false;
    for (const BootStart& start : bootStarts(root)) {
        if (!start.command.empty()) {
            superServer = superServer || isSuperServer(start.command[0], start.command);
            if (const auto known = identity.of(start.command[0], start.command)) {
                inventory.enable(known->implementation, start.evidence);
                if (!known->type.empty()) {
                    inventory.at(identity.declared(*known)).enabled = true;
                }
            }
            continue;
        }
        if (systemd && units.find(start.name + ".service")) {
            continue; // systemd takes the unit and leaves the script alone
        }
        superServer = superServer || isSuperServer(start.name, {});
        for (const std::string& name : { start.name, start.name + "d", "in." + start.name }) {
            if (knownProgram(name, {})) {
                inventory.enable(name, start.evidence);
            }
        }
    }
    return superServer;
}

} // namespace agent
