#include "agent/prober/services/identity.h"

#include "common/text.h"

namespace agent {

namespace {

/// SNMP is version 3 alone if the configuration has no community, and somebody can use it at all.
std::string snmpType(const Root& root)
{
    for (const char* path : { "/etc/snmp/snmpd.conf", "/usr/share/snmp/snmpd.conf",
             "/etc/snmp/snmpd.local.conf", "/etc/config/snmpd" }) {
        const std::string all = root.readIfThere(path).value_or("");
        for (const std::string_view line : text::lines(all)) {
            const auto words = text::words(text::trim(line));
            if (words.empty()) {
                continue;
            }
            const std::string first = text::lower(words[0]);
            if (first == "rocommunity" || first == "rwcommunity" || first == "rocommunity6"
                || first == "rwcommunity6" || first == "com2sec" || first == "com2sec6"
                || (first == "config" && words.size() > 1 && words[1].starts_with("com2sec"))) {
                return "snmp-v1v2c";
            }
        }
    }
    return "snmp-v3";
}

std::optional<KnownService> byContent(const Root& root, const std::string& path)
{
    try { // boundary: one program
        if (const auto type = typeOfContent(root, path)) {
            return KnownService { *type, programName(path) };
        }
    } catch (const std::exception&) {
        // It cannot be looked into: its name and port still tell.
    }
    return std::nullopt;
}

} // namespace

std::optional<KnownService> ServiceIdentity::of(
    const std::string& program, const std::vector<std::string>& arguments)
{
    if (auto known = knownProgram(program, arguments)) {
        return known;
    }
    const auto [at, fresh] = contents_.try_emplace(program);
    if (fresh) {
        at->second = byContent(root_, program);
    }
    return at->second;
}

std::optional<std::string> ServiceIdentity::typeAt(
    const KnownService& known, std::string_view protocol, uint32_t port) const
{
    if (known.implementation == "snmpd") {
        return snmpType(root_);
    }
    if (known.type == "ssh" && port == 830) {
        return "netconf"; // RFC 6242: sshd with the subsystem
    }
    if (!known.type.empty()) {
        return known.type;
    }
    const auto type = typeOfPort(protocol, port);
    const bool dns
        = known.implementation == "dnsmasq" || known.implementation == "systemd-networkd";
    if (dns || protocol != "tcp") {
        return type == "bootps" || type == "tftp" ? type : std::nullopt;
    }
    return type == "https" ? "https" : "http";
}

KnownService ServiceIdentity::declared(
    const KnownService& known, std::string_view protocol, uint32_t port) const
{
    return { typeAt(known, protocol, port).value_or(known.type), known.implementation };
}

} // namespace agent
