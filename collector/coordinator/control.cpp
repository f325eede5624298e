#include "collector/coordinator/control.h"
#include "collector/messages.h"
#include "common/log.h"
#include "common/text.h"

#include <algorithm>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace collector {

using nlohmann::json;

namespace {

constexpr size_t MostClients = 100;
constexpr size_t MostRequest = 1u << 20;
constexpr size_t MostQueued = 64u << 20;

frame::Message of(Message type, std::string text)
{
    return { static_cast<uint16_t>(type), { std::move(text) }, {} };
}

} // namespace

Control::Control(loop::Loop& loop, const std::string& path, Ask ask)
    : loop_(loop)
    , path_(path)
    , ask_(std::move(ask))
    , listener_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0))
{
    sockaddr_un address {};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw std::runtime_error(path + ": too long for a socket");
    }
    memcpy(address.sun_path, path.c_str(), path.size() + 1);
    ::unlink(path.c_str());
    if (!listener_
        || ::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0
        || ::chmod(path.c_str(), 0660) != 0 || ::listen(listener_.get(), 16) != 0) {
        fd::fail(path);
    }
    loop_.watch(listener_.get(), EPOLLIN, [this](uint32_t) { accept(); });
}

Control::~Control()
{
    for (const auto& [fd, client] : clients_) {
        loop_.forget(fd);
    }
    loop_.forget(listener_.get());
}

void Control::accept()
{
    fd::Fd socket(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (!socket || clients_.size() >= MostClients) {
        return;
    }
    ucred who {};
    socklen_t size = sizeof who;
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) {
        return;
    }
    const int fd = socket.get();
    clients_.emplace(fd,
        Client { std::make_unique<frame::Channel>(std::move(socket), MostQueued),
            "uid " + std::to_string(who.uid) });
    loop_.watch(fd, EPOLLIN, [this, fd](uint32_t) { serve(fd); });
    // The analyzer does not see that clients_ owns what was emplaced.
} // NOLINT(clang-analyzer-cplusplus.NewDeleteLeaks)

void Control::serve(int fd)
try { // boundary: a client of the control socket
    Client& client = clients_.at(fd);
    client.channel->flush();
    while (const auto message = client.channel->receive()) {
        answer(client, *message);
    }
    if (client.channel->ended()) {
        drop(fd);
    } else {
        update(fd);
    }
} catch (const std::exception& e) {
    logging::warning(std::string("control socket: ") + e.what());
    drop(fd);
}

void Control::answer(Client& client, const frame::Message& request)
{
    const std::string& name = request.at(0);
    if (request.type != static_cast<uint16_t>(Message::Request)
        || request.at(1).size() > MostRequest) {
        throw frame::Broken("message " + std::to_string(request.type) + " is no request");
    }
    try { // boundary: a request
        const json arguments = json::parse(request.at(1));
        if (name == "follow") {
            client.follows = true;
            return;
        }
        const auto all = verbs();
        const auto verb = std::ranges::find(all, name, &Verb::name);
        if (verb == all.end()) {
            throw std::invalid_argument("there is no request " + text::quoted(name));
        }
        client.channel->send(of(Message::Reply, ask_(*verb, arguments, client.actor).dump()));
    } catch (const json::exception& e) {
        client.channel->send(of(Message::Refused, name + ": " + e.what()));
    } catch (const std::invalid_argument& e) {
        client.channel->send(of(Message::Refused, e.what()));
    } catch (const sqlite::Error& e) {
        client.channel->send(of(Message::Refused, e.what()));
    }
}

void Control::update(int fd)
{
    loop_.change(fd, clients_.at(fd).channel->pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

void Control::drop(int fd)
{
    loop_.forget(fd);
    clients_.erase(fd);
}

void Control::tell(const std::vector<FindingChange>& changes)
{
    std::vector<int> gone;
    for (auto& [fd, client] : clients_) {
        try { // boundary: a follower that does not read, or is just leaving
            for (size_t i = 0; client.follows && i < changes.size(); ++i) {
                const json line
                    = { { "what", changes[i].what }, { "finding", changes[i].finding } };
                client.channel->send(of(Message::Reply, line.dump()));
            }
            update(fd);
        } catch (const std::exception&) {
            gone.push_back(fd);
        }
    }
    for (const int fd : gone) {
        drop(fd);
    }
}

} // namespace collector
