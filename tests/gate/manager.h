// A management system that agents call home to, as far as TCP.
#pragma once

#include "tests/gate/agent.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>

namespace gate_test {

struct Manager {
    fd::Fd socket { ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) };
    uint16_t port;

    explicit Manager(uint16_t at = freePort())
        : port(at)
    {
        const int on = 1;
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        sockaddr_in here {};
        here.sin_family = AF_INET;
        here.sin_port = htons(port);
        here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&here), sizeof here) != 0
            || ::listen(socket.get(), 4) != 0) {
            fd::fail("manager");
        }
    }

    fd::Fd accept() const
    {
        if (!ready(socket.get(), POLLIN)) {
            throw std::runtime_error("nobody calls");
        }
        return fd::Fd(::accept4(socket.get(), nullptr, nullptr, SOCK_CLOEXEC));
    }
};

inline std::string alternative(const std::string& name, uint16_t port)
{
    return "call-home-alternative\t" + name + "\t127.0.0.1\t" + std::to_string(port);
}

inline std::string target(const std::string& name, const std::string& address, uint16_t port,
    const std::string& kind = "call-home")
{
    return kind + "\t" + name + "\t" + address + "\t" + std::to_string(port)
        + "\t1\t2\tfirst-listed\t3";
}

} // namespace gate_test
