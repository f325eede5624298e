#include "agent/prober/socket_units.h"

#include "common/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <optional>

namespace agent {

namespace {

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

std::vector<SocketUnit::Listen> listensOf(const std::vector<UnitAssignment>& assignments)
{
    std::vector<SocketUnit::Listen> listens;
    for (const auto& [name, value] : assignments) {
        const bool datagram = name == "Socket.ListenDatagram";
        if (!datagram && name != "Socket.ListenStream" && name != "Socket.ListenSequentialPacket") {
            continue;
        }
        if (value.empty()) {
            listens.clear();
        } else if (const auto one = listenOf(!datagram, value)) {
            listens.push_back(*one);
        }
    }
    return listens;
}

std::vector<SocketUnit> socketUnits(const Units& units)
{
    std::vector<SocketUnit> out;
    for (const auto& [name, unit] : units.all()) {
        if (name.ends_with(".socket") && !unit.masked) {
            auto listens = listensOf(unit.assignments);
            if (!listens.empty()) {
                out.push_back({ name, std::move(listens) });
            }
        }
    }
    return out;
}

} // namespace agent
