#include "agent/gate/listener.h"
#include "agent/gate/socket_address.h"
#include "common/log.h"
#include "common/text.h"

#include <cerrno>
#include <cstring>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace agent::gate {

namespace {

constexpr int Backlog = 128;
constexpr int MostAtOnce = 16; // accepted in one round, so that sessions get theirs
constexpr std::chrono::milliseconds RetryBind { 5000 };
constexpr std::chrono::milliseconds Pause { 200 };

fd::Fd listenAt(const std::string& address, uint16_t port)
{
    const SocketAddress where = SocketAddress::numeric(address, port).value();
    fd::Fd socket(
        ::socket(where.family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, IPPROTO_TCP));
    const int on = 1;
    if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0) {
        fd::fail("socket");
    }
    // "::" is for IPv6 only, so that it and "0.0.0.0" can be listened on side by side.
    if (where.family() == AF_INET6) {
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    }
    if (::bind(socket.get(), where.raw(), where.size()) != 0
        || ::listen(socket.get(), Backlog) != 0) {
        fd::fail("bind");
    }
    return socket;
}

} // namespace

Listener::Listener(loop::Loop& loop, std::function<void(fd::Fd, Remote, Transport)> accepted)
    : loop_(loop)
    , accepted_(std::move(accepted))
{
}

void Listener::use(const std::vector<Endpoint>& endpoints)
{
    std::map<Place, Transport> wanted;
    for (const Endpoint& endpoint : endpoints) {
        const auto [one, isNew]
            = wanted.try_emplace({ endpoint.address, endpoint.port }, endpoint.transport);
        if (!isNew && one->second != endpoint.transport) {
            logging::error("endpoint " + text::quoted(endpoint.name)
                + " is not used: " + shown(one->first, one->second) + " is another's");
        }
    }
    // Closing first: an address may move from one endpoint to another.
    std::erase_if(doors_, [&](const auto& one) {
        const auto& [place, door] = one;
        const bool gone = !wanted.contains(place);
        if (gone && door.socket) {
            loop_.forget(door.socket.get());
            logging::info("no longer listening on " + shown(place, door.transport));
        }
        return gone;
    });
    for (const auto& [place, transport] : wanted) {
        Door& door = doors_[place];
        if (door.socket && door.transport != transport) {
            logging::info("listening on " + shown(place, transport) + " from now on");
        }
        door.transport = transport;
    }
    bindMissing();
}

std::string Listener::shown(const Place& place, Transport transport)
{
    return place.first + " port " + std::to_string(place.second)
        + (transport == Transport::Tls ? " for TLS" : "");
}

void Listener::bindMissing()
{
    loop_.cancel(retry_);
    retry_ = 0;
    for (auto& [place, door] : doors_) {
        if (door.socket) {
            continue;
        }
        const std::string name = shown(place, door.transport);
        try { // boundary: one endpoint
            door.socket = listenAt(place.first, place.second);
            loop_.watch(door.socket.get(), resume_ == 0 ? EPOLLIN : 0u,
                [this, &one = door](uint32_t) { accept(one); });
            logging::info("listening on " + name);
        } catch (const std::exception& e) {
            logging::error("cannot listen on " + name + ": " + e.what());
            if (retry_ == 0) {
                retry_ = loop_.after(RetryBind, [this] {
                    retry_ = 0;
                    bindMissing();
                });
            }
        }
    }
}

void Listener::accept(const Door& door)
{
    for (int i = 0; i < MostAtOnce; ++i) {
        SocketAddress from;
        fd::Fd connection(
            ::accept4(door.socket.get(), from.raw(), from.room(), SOCK_CLOEXEC | SOCK_NONBLOCK));
        if (connection) {
            accepted_(std::move(connection), { from.text(), from.port() }, door.transport);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            logging::error(std::string("no more connections for now: ") + strerror(errno));
            pause();
        }
        // Everything else is the fate of that one connection (accept(2)), or there is none left.
        return;
    }
}

/// The socket stays readable: without a pause the process would spin.
void Listener::pause()
{
    for (const auto& [place, door] : doors_) {
        if (door.socket) {
            loop_.change(door.socket.get(), 0);
        }
    }
    loop_.cancel(resume_);
    resume_ = loop_.after(Pause, [this] {
        resume_ = 0;
        for (const auto& [place, door] : doors_) {
            if (door.socket) {
                loop_.change(door.socket.get(), EPOLLIN);
            }
        }
    });
}

} // namespace agent::gate
