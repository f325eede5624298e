#include "agent/server/netconf_server.h"
#include "agent/server/netconf_server_connection.h"
#include "common/clock.h"
#include "common/log.h"

#include <sys/epoll.h>

namespace agent {

namespace {

using namespace std::chrono_literals;

constexpr auto LoginTime = 30s; // from the socket to the hello; the gate has its own, shorter ones
constexpr auto ClosingTime = 5s; // to write what is queued for a session that is closed

} // namespace

NetconfServer::NetconfServer(const yang::Context& context, loop::Loop& loop,
    std::vector<std::string> capabilities, Outlets outlets)
    : context_(context)
    , loop_(loop)
    , capabilities_(std::move(capabilities))
    , outlets_(std::move(outlets))
{
    totals_.since = wall::now();
}

NetconfServer::~NetconfServer()
{
    for (const auto& [key, connection] : connections_) {
        loop_.cancel(connection->timer);
        loop_.forget(connection->socket.get());
    }
}

void NetconfServer::limit(size_t message, size_t output)
{
    mostMessage_ = message;
    mostQueued_ = output;
}

void NetconfServer::accept(fd::Fd socket, std::string host, const char* transport)
{
    fd::setNonBlocking(socket.get());
    const uint64_t key = ++lastKey_;
    auto made = std::make_unique<Connection>(Connection { .key = key,
        .socket = std::move(socket),
        .session = {},
        .first = {},
        .decoder = netconf_frame::Decoder(mostMessage_),
        .waiting = {},
        .out = {} });
    made->session.host = std::move(host);
    made->session.transport = transport;
    Connection& connection = *made;
    connections_.emplace(key, std::move(made));
    loop_.watch(connection.socket.get(), EPOLLIN,
        [this, &connection](uint32_t events) { ready(connection, events); });
    connection.timer
        = loop_.after(LoginTime, [this, &connection] { end(connection, { "timeout" }); });
}

NetconfServer::Connection* NetconfServer::of(uint32_t session) const
{
    const auto found = keys_.find(session);
    return found == keys_.end() ? nullptr : connections_.at(found->second).get();
}

const Session* NetconfServer::find(uint32_t session) const
{
    const Connection* const connection = of(session);
    return connection ? &connection->session : nullptr;
}

std::vector<const Session*> NetconfServer::sessions() const
{
    std::vector<const Session*> out;
    for (const auto& [id, key] : keys_) {
        out.push_back(&connections_.at(key)->session);
    }
    return out;
}

void NetconfServer::end(uint32_t session, Ending ending)
{
    if (Connection* const connection = of(session)) {
        end(*connection, ending, true);
    }
}

void NetconfServer::end(Connection& connection, Ending ending, bool tellAtOnce)
{
    using State = Connection::State;
    if (connection.state == State::Dead) {
        return;
    }
    const bool orderly = std::string_view(ending.reason) == "closed";
    const bool open = connection.state == State::Open;
    connection.state = orderly && open ? State::Closing : State::Dead;
    if (open) {
        keys_.erase(connection.session.id);
        totals_.droppedSessions += orderly || ending.killedBy != 0 ? 0 : 1;
        logging::info("session " + std::to_string(connection.session.id) + ": " + ending.reason);
        if (tellAtOnce) {
            outlets_.ended(connection.session, ending);
        } else { // somebody up the stack may be going through the sessions
            loop_.after(0ms,
                [this, session = connection.session, ending] { outlets_.ended(session, ending); });
        }
    }
    loop_.cancel(connection.timer);
    // Later: somebody up the stack still looks at it, or has its reply to write.
    const auto later
        = connection.state == State::Dead ? 0ms : std::chrono::milliseconds(ClosingTime);
    if (connection.state == State::Dead) {
        loop_.forget(connection.socket.get());
    }
    connection.timer = loop_.after(later, [this, key = connection.key] { bury(key); });
    if (connection.state == State::Closing) {
        loop_.after(0ms, [this, key = connection.key] {
            const auto found = connections_.find(key);
            if (found != connections_.end()) {
                flush(*found->second);
            }
        });
    }
}

void NetconfServer::bury(uint64_t key)
{
    const auto found = connections_.find(key);
    if (found == connections_.end()) {
        return;
    }
    Connection& connection = *found->second;
    loop_.cancel(connection.timer);
    loop_.forget(connection.socket.get());
    connections_.erase(found);
}

} // namespace agent
