#include "collector/worker/tcp.h"
#include "common/text.h"

#include <cerrno>
#include <memory>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdexcept>
#include <sys/socket.h>

namespace collector {

namespace {

void prepare(int socket)
{
    const int on = 1;
    // Nagle's algorithm costs a round trip for each small message.
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

} // namespace

fd::Fd beginConnect(const std::string& address, uint16_t port)
{
    addrinfo hints {};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) {
        throw std::runtime_error(text::quoted(address) + " is not an IP address");
    }
    const std::unique_ptr<addrinfo, void (*)(addrinfo*)> guard(found, &::freeaddrinfo);
    fd::Fd socket(
        ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    if (!socket) {
        fd::fail("socket");
    }
    prepare(socket.get());
    if (::connect(socket.get(), found->ai_addr, found->ai_addrlen) != 0 && errno != EINPROGRESS) {
        fd::fail(address);
    }
    return socket;
}

int connectError(int socket)
{
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

fd::Fd acceptNext(int listening)
{
    fd::Fd socket(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (socket) {
        prepare(socket.get());
    }
    return socket;
}

std::string peerName(int socket)
{
    sockaddr_storage address {};
    socklen_t size = sizeof address;
    char host[NI_MAXHOST];
    char port[NI_MAXSERV];
    if (::getpeername(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0
        || ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host, sizeof host, port,
               sizeof port, NI_NUMERICHOST | NI_NUMERICSERV)
            != 0) {
        return "";
    }
    return std::string(host) + " port " + port;
}

} // namespace collector
