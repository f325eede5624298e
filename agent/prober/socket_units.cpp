#include "agent/prober/socket_units.h"
#include "agent/prober/units.h"
#include "common/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <map>
#include <optional>

namespace agent {

namespace {

// By precedence: systemd.unit(5), "Unit File Load Path".
constexpr const char* Folders[] = { "/etc/systemd/system", "/run/systemd/system",
    "/usr/local/lib/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system" };

/// As inet_ntop(3) writes it; nothing if it is no address.
std::optional<std::string> normalized(const std::string& address)
{
    const int family = address.find(':') == address.npos ? AF_INET : AF_INET6;
    char bytes[16];
    char out[INET6_ADDRSTRLEN];
    if (::inet_pton(family, address.c_str(), bytes) != 1) {
        return std::nullopt;
    }
    return ::inet_ntop(family, bytes, out, sizeof out);
}

/// "22", "10.0.0.1:22", "[::1]:22", "[fe80::1]:22%eth0"; nothing for a path, @name or vsock.
std::optional<SocketUnit::Listen> listenOf(bool stream, std::string_view value)
{
    value = value.substr(0, value.find('%'));
    const size_t colon = value.rfind(':');
    const std::string_view digits = colon == value.npos ? value : value.substr(colon + 1);
    const auto port = text::number<uint16_t>(digits);
    if (!port) {
        return std::nullopt;
    }
    if (colon == value.npos) {
        return SocketUnit::Listen { stream, "", *port };
    }
    std::string address(value.substr(0, colon));
    if (address.starts_with('[') && address.ends_with(']')) {
        address = address.substr(1, address.size() - 2);
    }
    const auto known = normalized(address);
    return known ? std::optional(SocketUnit::Listen { stream, *known, *port }) : std::nullopt;
}

std::string contentOf(const Root& root, const std::string& name)
{
    for (const char* folder : Folders) {
        const std::string path = std::string(folder) + "/" + name;
        if (root.link(path) || root.exists(path)) {
            return readUnit(root, path); // nothing, if it is masked
        }
    }
    return "";
}

/// Drop-ins by name, whichever folder they are in; the first folder wins for one name.
std::string dropInsOf(const Root& root, const std::string& name)
{
    std::map<std::string, std::string> paths;
    for (const char* folder : Folders) {
        const std::string at = std::string(folder) + "/" + name + ".d";
        for (const std::string& file : root.list(at)) {
            if (file.ends_with(".conf")) {
                paths.emplace(file, at + "/" + file);
            }
        }
    }
    std::string all;
    for (const auto& [file, path] : paths) {
        all += "\n" + readUnit(root, path);
    }
    return all;
}

} // namespace

bool SocketUnit::holds(const Socket& socket) const
{
    const bool stream = socket.protocol == "tcp" || socket.protocol == "sctp";
    const bool any = socket.address == "::" || socket.address == "0.0.0.0";
    return std::ranges::any_of(listens, [&](const Listen& one) {
        return one.stream == stream && one.port == socket.port
            && (one.address.empty() ? any : one.address == socket.address);
    });
}

void addListens(std::string_view all, std::vector<SocketUnit::Listen>& listens)
{
    bool inSection = false;
    for (const std::string_view raw : text::lines(all)) {
        const std::string_view line = text::trim(raw);
        if (line.starts_with('[')) {
            inSection = line == "[Socket]";
            continue;
        }
        const size_t equals = line.find('=');
        if (!inSection || equals == line.npos || line[0] == '#' || line[0] == ';') {
            continue;
        }
        const std::string_view key = text::trim(line.substr(0, equals));
        const std::string_view value = text::trim(line.substr(equals + 1));
        if (key != "ListenStream" && key != "ListenDatagram" && key != "ListenSequentialPacket") {
            continue;
        }
        if (value.empty()) {
            listens.clear();
        } else if (const auto one = listenOf(key != "ListenDatagram", value)) {
            listens.push_back(*one);
        }
    }
}

std::vector<SocketUnit> socketUnits(Reading& reading)
{
    const Root& root = reading.root;
    std::map<std::string, SocketUnit> units;
    for (const char* folder : Folders) {
        for (const std::string& name : root.list(folder)) {
            if (!name.ends_with(".socket") || units.contains(name)) {
                continue;
            }
            SocketUnit& unit = units[name];
            unit.name = name;
            try { // boundary: one unit
                const std::string content = contentOf(root, name);
                if (!content.empty()) {
                    addListens(content + dropInsOf(root, name), unit.listens);
                }
            } catch (const std::exception& e) {
                reading.failed(std::string(folder) + "/" + name, e);
            }
        }
    }
    std::vector<SocketUnit> out;
    for (auto& [name, unit] : units) {
        if (!unit.listens.empty()) {
            out.push_back(std::move(unit));
        }
    }
    return out;
}

} // namespace agent
