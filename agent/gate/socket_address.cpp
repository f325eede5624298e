#include "agent/gate/socket_address.h"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>

namespace agent::gate {

namespace {

const sockaddr_in& v4(const sockaddr* all)
{
    return *reinterpret_cast<const sockaddr_in*>(all);
}

const sockaddr_in6& v6(const sockaddr* all)
{
    return *reinterpret_cast<const sockaddr_in6*>(all);
}

} // namespace

std::optional<SocketAddress> SocketAddress::numeric(const std::string& address, uint16_t port)
{
    SocketAddress result;
    sockaddr_in ip4 {};
    sockaddr_in6 ip6 {};
    if (::inet_pton(AF_INET, address.c_str(), &ip4.sin_addr) == 1) {
        ip4.sin_family = AF_INET;
        ip4.sin_port = htons(port);
        result.size_ = sizeof ip4;
        memcpy(&result.all_, &ip4, sizeof ip4);
    } else if (::inet_pton(AF_INET6, address.c_str(), &ip6.sin6_addr) == 1) {
        ip6.sin6_family = AF_INET6;
        ip6.sin6_port = htons(port);
        result.size_ = sizeof ip6;
        memcpy(&result.all_, &ip6, sizeof ip6);
    } else {
        return std::nullopt;
    }
    return result;
}

socklen_t* SocketAddress::room()
{
    size_ = sizeof all_;
    return &size_;
}

std::string SocketAddress::text() const
{
    char text[INET6_ADDRSTRLEN] = "";
    if (family() == AF_INET) {
        ::inet_ntop(AF_INET, &v4(raw()).sin_addr, text, sizeof text);
    } else if (family() == AF_INET6) {
        const in6_addr& address = v6(raw()).sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&address)) {
            ::inet_ntop(AF_INET, address.s6_addr + 12, text, sizeof text);
        } else {
            ::inet_ntop(AF_INET6, &address, text, sizeof text);
        }
    }
    return text;
}

uint16_t SocketAddress::port() const
{
    return family() == AF_INET ? ntohs(v4(raw()).sin_port)
        : family() == AF_INET6 ? ntohs(v6(raw()).sin6_port)
                               : uint16_t(0);
}

} // namespace agent::gate
