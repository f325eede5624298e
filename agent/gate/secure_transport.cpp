#include "agent/gate/secure_transport.h"

#include <chrono>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

namespace agent::gate {

namespace {

constexpr std::chrono::milliseconds LastHearing { 1000 }; // of a peer that was refused

} // namespace

tcp_info SecureTransport::information() const
{
    tcp_info info {};
    socklen_t size = sizeof info;
    ::getsockopt(fd(), IPPROTO_TCP, TCP_INFO, &info, &size);
    return info;
}

uint64_t SecureTransport::acknowledged() const
{
    return information().tcpi_bytes_acked;
}

uint64_t SecureTransport::received() const
{
    return information().tcpi_bytes_received;
}

void SecureTransport::hearOut(int connection)
{
    ::shutdown(connection, SHUT_WR);
    const auto until = std::chrono::steady_clock::now() + LastHearing;
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
            until - std::chrono::steady_clock::now());
        pollfd one { connection, POLLIN, 0 };
        char block[4096];
        if (left.count() <= 0 || ::poll(&one, 1, static_cast<int>(left.count())) != 1
            || ::recv(connection, block, sizeof block, MSG_DONTWAIT) <= 0) {
            return;
        }
    }
}

} // namespace agent::gate
