#include "collector/cli/client.h"
#include "collector/messages.h"

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

namespace cli {

using nlohmann::json;

namespace {

fd::Fd connectTo(const std::string& path)
{
    sockaddr_un address {};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) {
        throw std::runtime_error(path + ": too long for a socket");
    }
    memcpy(address.sun_path, path.c_str(), path.size() + 1);
    fd::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket
        || ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address)
            != 0) {
        throw std::runtime_error("no collector answers at " + path + ": " + strerror(errno)
            + "; start femtowatch-collector, or name its socket by --control");
    }
    return socket;
}

} // namespace

std::string defaultControlSocket()
{
    const char* const named = std::getenv("FEMTOWATCH_CONTROL");
    return named ? named : "/var/lib/femtowatch/collector/control";
}

Client::Client(const std::string& socket)
    : channel_(connectTo(socket))
{
}

frame::Message Client::next()
{
    for (;;) {
        if (auto message = channel_.receive()) {
            return std::move(*message);
        }
        if (channel_.ended()) {
            throw std::runtime_error("the collector has hung up");
        }
        pollfd wait { channel_.fd(),
            static_cast<short>(channel_.pending() ? POLLIN | POLLOUT : POLLIN), 0 };
        ::poll(&wait, 1, -1);
        channel_.flush();
    }
}

json Client::ask(const std::string& verb, const json& arguments)
{
    channel_.send(
        { static_cast<uint16_t>(collector::Message::Request), { verb, arguments.dump() }, {} });
    const frame::Message answer = next();
    if (answer.type == static_cast<uint16_t>(collector::Message::Refused)) {
        throw std::runtime_error(answer.at(0));
    }
    return json::parse(answer.at(0));
}

void Client::follow(const std::function<bool(const json& change)>& seen)
{
    channel_.send({ static_cast<uint16_t>(collector::Message::Request), { "follow", "{}" }, {} });
    while (seen(json::parse(next().at(0)))) { }
}

} // namespace cli
