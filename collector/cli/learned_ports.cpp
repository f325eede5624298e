// Ports that golden nodes have open, as entries of the list of ports.
#include "collector/cli/learned_entry.h"
#include "common/text.h"

#include <algorithm>
#include <array>

namespace cli {

namespace {

// net.ipv4.ip_local_port_range as Linux has it by default (ip(7)). What a datagram socket has of
// these is another port at each start.
constexpr uint32_t EphemeralFirst = 32768;
constexpr uint32_t EphemeralLast = 60999;

constexpr std::array<std::string_view, 3> Scopes = { "loopback", "specific", "any" }; // by width

std::string_view scopeOf(yang::Node port)
{
    const std::string scope = port.valueOr("scope", "any");
    return scope == "loopback" ? Scopes[0] : scope == "any" ? Scopes[2] : Scopes[1];
}

/// The wider of what other addresses needed and this one does.
std::string wider(std::string_view a, std::string_view b)
{
    return std::string(std::max(a, b, [](std::string_view one, std::string_view other) {
        return std::ranges::find(Scopes, one) < std::ranges::find(Scopes, other);
    }));
}

/// True if all its owners are known by their executables.
bool addOwners(yang::Node port, Learned::Json& entry)
{
    std::map<std::string, Learned::Json> owners;
    for (const Learned::Json& one : entry.value("owner", Learned::Json::array())) {
        owners[one.value("name", "")] = one;
    }
    bool known = true;
    for (const yang::Node& node : port.children("owner")) {
        const std::string executable = node.valueOr("executable", "");
        const std::string user = node.valueOr("user", "");
        const auto unit = node.value("unit");
        if (executable.empty()) {
            known = false;
            continue;
        }
        std::string name = executable + " " + user + (unit ? " " + *unit : "");
        name.resize(std::min<size_t>(name.size(), 255));
        Learned::Json owner { { "name", name }, { "executable", executable }, { "user", user } };
        if (unit) {
            owner["unit"] = *unit;
        }
        owners[name] = std::move(owner);
    }
    if (!owners.empty()) {
        entry["owner"] = Learned::Json::array();
        for (const auto& [name, owner] : owners) {
            entry["owner"].push_back(owner);
        }
    }
    return known && (!port.children("owner").empty() || port.flag("kernel-owned"));
}

} // namespace

void Learned::takePorts(yang::Node category, std::vector<std::string>& notes)
{
    for (const yang::Node& port : category.children("port")) {
        if (port.valueOr("state", "listen") != "connected") {
            takePort(port, notes);
        }
    }
}

void Learned::takePort(yang::Node port, std::vector<std::string>& notes)
{
    const auto type = port.child("protocol");
    const std::string protocol = type ? type->local() : "";
    const auto number = text::number<uint32_t>(port.valueOr("local-port", ""));
    if (!number) {
        return;
    }
    const bool datagram = protocol == "udp" || protocol == "udplite";
    const bool ephemeral = datagram && *number >= EphemeralFirst && *number <= EphemeralLast;
    const std::string space = port.valueOr("network-namespace", "host");
    std::string name = "learned " + protocol + " "
        + (ephemeral ? "ephemeral" : std::to_string(*number))
        + (space == "host" ? "" : " in " + space);
    name.resize(std::min<size_t>(name.size(), 255));

    LearnedEntry learned(ports_, { { "name", name } });
    Json& entry = learned.entry();
    const std::string before
        = learned.isNew() ? std::string(Scopes[0]) : entry.value("scope", "specific");
    if (space != "host") {
        entry["network-namespace"] = space;
    }
    entry["protocol"] = "femto-security-types:" + protocol;
    entry["lower-port"] = ephemeral ? EphemeralFirst : *number;
    if (ephemeral) {
        entry["upper-port"] = EphemeralLast;
    }
    entry["scope"] = wider(before, scopeOf(port));
    if (port.flag("kernel-owned")) {
        entry["kernel-owned"] = true;
    }
    if (!addOwners(port, entry)) {
        notes.push_back(protocol + " port " + std::to_string(*number)
            + " is learned, but not all of its owners are known");
    }
}

} // namespace cli
