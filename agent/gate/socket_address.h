// An IPv4 or IPv6 address with port.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <sys/socket.h>

namespace agent::gate {

class SocketAddress {
public:
    /// Nothing if `address` is not numeric.
    static std::optional<SocketAddress> numeric(const std::string& address, uint16_t port);

    int family() const { return all_.ss_family; }
    sockaddr* raw() { return reinterpret_cast<sockaddr*>(&all_); }
    const sockaddr* raw() const { return reinterpret_cast<const sockaddr*>(&all_); }
    socklen_t size() const { return size_; }
    /// For a call that fills raw() in.
    socklen_t* room();

    /// Without scope; an IPv4 address in IPv6 is written as IPv4.
    std::string text() const;
    uint16_t port() const;

private:
    sockaddr_storage all_ {};
    socklen_t size_ = 0;
};

} // namespace agent::gate
