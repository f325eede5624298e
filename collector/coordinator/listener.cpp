#include "collector/coordinator/listener.h"
#include "common/text.h"

#include <arpa/inet.h>
#include <cstring>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/socket.h>

namespace collector {

fd::Fd callHomeListener(const std::string& address, uint16_t port)
{
    if (port == 0) {
        return {};
    }
    sockaddr_storage where {};
    socklen_t size = 0;
    auto* const v4 = reinterpret_cast<sockaddr_in*>(&where);
    auto* const v6 = reinterpret_cast<sockaddr_in6*>(&where);
    if (::inet_pton(AF_INET, address.c_str(), &v4->sin_addr) == 1) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        size = sizeof *v4;
    } else if (::inet_pton(AF_INET6, address.c_str(), &v6->sin6_addr) == 1) {
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons(port);
        size = sizeof *v6;
    } else {
        throw std::runtime_error(
            "call-home-address: " + text::quoted(address) + " is no IP address");
    }
    fd::Fd socket(::socket(where.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0
        || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&where), size) != 0
        || ::listen(socket.get(), 512) != 0) {
        fd::fail("call home: " + address + " port " + std::to_string(port));
    }
    return socket;
}

} // namespace collector
