#include "agent/server/netconf_server.h"
#include "agent/messages.h"
#include "common/clock.h"
#include "common/frame.h"
#include "common/log.h"
#include "common/netconf_frame.h"
#include "common/text.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace agent {

namespace {

using namespace std::chrono_literals;
using netconf_frame::Framing;

constexpr auto LoginTime = 30s; // from the socket to the hello; the gate has its own, shorter ones
constexpr auto ClosingTime = 5s; // to write what is queued for a session that is closed
constexpr size_t MostLogin = 1024;
constexpr int MostAtOnce = 16; // messages of one session before others get their turn
constexpr size_t EnoughQueued = 1u << 20; // replies that wait before another request is served
constexpr const char* Base10 = "urn:ietf:params:netconf:base:1.0";
constexpr const char* Base11 = "urn:ietf:params:netconf:base:1.1";

} // namespace

struct NetconfServer::Connection {
    uint64_t key = 0;
    fd::Fd socket;
    enum class State { Login, Hello, Open, Closing, Dead } state = State::Login;
    Session session;
    std::string first; // bytes of the Login message
    netconf_frame::Decoder decoder;
    std::optional<std::string> waiting; // attributes of a request that is answered later
    std::deque<std::shared_ptr<const std::string>> out;
    size_t written = 0; // of out.front()
    size_t queued = 0;
    bool more = false; // whole messages may be left in the decoder
    bool halfClosed = false; // nothing more comes
    loop::Loop::TimerId timer = 0;
};

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

void NetconfServer::accept(fd::Fd socket, std::string host)
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

void NetconfServer::ready(Connection& connection, uint32_t events)
{
    if (events & EPOLLOUT) {
        flush(connection);
    }
    if (connection.state != Connection::State::Dead && (events & EPOLLIN)) {
        receive(connection);
    } else if (connection.state != Connection::State::Dead && (events & (EPOLLHUP | EPOLLERR))) {
        end(connection, { "dropped" });
    }
}

void NetconfServer::receive(Connection& connection)
{
    char block[65536];
    const ssize_t n = ::recv(connection.socket.get(), block, sizeof block, MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
        return;
    }
    if (n == 0 && !connection.out.empty()) {
        // It asks no more, and may still read: `ssh -s netconf <requests` does that.
        connection.halfClosed = true;
        watch(connection);
        return;
    }
    if (n <= 0) {
        end(connection, { "dropped" });
        return;
    }
    if (connection.state == Connection::State::Closing) {
        return;
    }
    try { // boundary: what a gate sends
        const std::string_view bytes(block, static_cast<size_t>(n));
        if (connection.state == Connection::State::Login) {
            connection.first += bytes;
            if (!login(connection)) {
                return;
            }
        } else {
            connection.decoder.add(bytes);
        }
        process(connection);
    } catch (const std::runtime_error& e) { // frame::Broken, netconf_frame::Broken, a bad hello
        logging::warning("session " + std::to_string(connection.session.id) + " from "
            + connection.session.host + ": " + e.what());
        const bool greeting = connection.state == Connection::State::Hello;
        totals_.inBadHellos += greeting ? 1 : 0;
        end(connection, { greeting ? "bad-hello" : "other" });
    }
}

/// The frame of common/frame in front of the NETCONF messages; false if it is not whole yet.
bool NetconfServer::login(Connection& connection)
{
    const std::string& in = connection.first;
    const auto number = [&](size_t at, size_t bytes) {
        size_t value = 0;
        for (size_t i = 0; i < bytes; ++i) {
            value |= static_cast<size_t>(static_cast<uint8_t>(in[at + i])) << (8 * i);
        }
        return value;
    };
    if (in.size() < 4) {
        return false;
    }
    const size_t size = number(0, 4);
    if (size > MostLogin) {
        throw frame::Broken("login of " + std::to_string(size) + " bytes");
    }
    if (in.size() < 4 + size) {
        return false;
    }
    if (size < 6 || number(4, 2) != static_cast<uint16_t>(Message::Login)
        || number(6, 4) != size - 6 || size == 6) {
        throw frame::Broken("no login");
    }
    connection.session.user = in.substr(10, size - 6);
    connection.session.id = ++lastSession_;
    connection.session.since = wall::now();
    connection.state = Connection::State::Hello;
    connection.decoder.add(std::string_view(in).substr(4 + size));
    connection.first.clear();
    queue(connection,
        std::make_shared<const std::string>(netconf_frame::encode(
            Framing::EndOfMessage, hello(capabilities_, connection.session.id))));
    return true;
}

void NetconfServer::greeted(Connection& connection, const std::string& text)
{
    const std::vector<std::string> theirs = parseHello(context_, text);
    if (std::ranges::find(theirs, Base10) == theirs.end()
        && std::ranges::find(theirs, Base11) == theirs.end()) {
        throw std::runtime_error("hello without a base capability");
    }
    // Between gate and server it is chunks, whatever the peer and the gate have agreed upon.
    connection.decoder.use(Framing::Chunked);
    connection.state = Connection::State::Open;
    loop_.cancel(connection.timer);
    connection.timer = 0;
    keys_.emplace(connection.session.id, connection.key);
    ++totals_.inSessions;
    logging::info("session " + std::to_string(connection.session.id) + ": user "
        + text::quoted(connection.session.user) + " from " + connection.session.host);
    outlets_.started(connection.session);
}

/// What has arrived whole, some at a time, and one at a time while an answer is due.
void NetconfServer::process(Connection& connection)
{
    connection.more = false;
    for (int i = 0; i < MostAtOnce; ++i) {
        const bool hello = connection.state == Connection::State::Hello;
        if (connection.waiting || (!hello && connection.state != Connection::State::Open)) {
            watch(connection);
            return;
        }
        if (connection.queued > EnoughQueued) {
            connection.more = true; // until flush() has made room
            watch(connection);
            return;
        }
        const std::optional<std::string> message = connection.decoder.next();
        if (!message) {
            watch(connection);
            return;
        }
        if (hello) {
            greeted(connection, *message);
        } else {
            request(connection, *message);
        }
    }
    connection.more = true;
    watch(connection);
    processLater(connection);
}

void NetconfServer::processLater(const Connection& connection)
{
    loop_.after(0ms, [this, key = connection.key] {
        const auto found = connections_.find(key);
        if (found == connections_.end() || !found->second->more) {
            return;
        }
        try { // boundary: what a gate sends
            process(*found->second);
        } catch (const std::runtime_error& e) {
            logging::warning(e.what());
            end(*found->second, { "other" });
        }
    });
}

void NetconfServer::request(Connection& connection, const std::string& text)
{
    Incoming incoming = parseRpc(context_, text);
    Session& session = connection.session;
    if (incoming.error) {
        ++session.inBadRpcs;
        ++totals_.inBadRpcs;
        respond(connection, incoming.attributes, { *incoming.error });
        return;
    }
    ++session.inRpcs;
    ++totals_.inRpcs;
    try { // boundary: one request
        connection.waiting = incoming.attributes;
        const std::optional<std::string> body = outlets_.call(session, incoming.rpc);
        if (body) {
            connection.waiting.reset();
            respond(connection, incoming.attributes, *body);
        }
        return;
    } catch (const RpcErrors& errors) {
        connection.waiting.reset();
        respond(connection, incoming.attributes, errors.all);
    } catch (const RpcError& error) {
        connection.waiting.reset();
        respond(connection, incoming.attributes, { error });
    } catch (const std::exception& e) {
        connection.waiting.reset();
        logging::error(std::string("request: ") + e.what());
        respond(connection, incoming.attributes, { RpcError("operation-failed", e.what()) });
    }
}

void NetconfServer::respond(
    Connection& connection, const std::string& attributes, const std::string& body)
{
    queue(connection,
        std::make_shared<const std::string>(netconf_frame::encode(
            Framing::Chunked, reply(attributes, body.empty() ? "<ok/>" : body))));
}

void NetconfServer::respond(
    Connection& connection, const std::string& attributes, const std::vector<RpcError>& errors)
{
    ++connection.session.outRpcErrors;
    ++totals_.outRpcErrors;
    std::string body;
    for (const RpcError& error : errors) {
        body += errorBody(context_, error);
    }
    respond(connection, attributes, body);
}

void NetconfServer::answer(uint32_t session, const std::string& body)
{
    Connection* const connection = of(session);
    if (!connection || !connection->waiting) {
        return;
    }
    const std::string attributes = *std::exchange(connection->waiting, std::nullopt);
    respond(*connection, attributes, body);
    connection->more = true;
    processLater(*connection);
}

void NetconfServer::fail(uint32_t session, const RpcError& error)
{
    if (Connection* const connection = of(session)) {
        ++connection->session.outRpcErrors;
        ++totals_.outRpcErrors;
        answer(session, errorBody(context_, error));
    }
}

bool NetconfServer::notify(uint32_t session, const Notification& notification)
{
    Connection* const connection = of(session);
    if (!connection || connection->state != Connection::State::Open) {
        return false;
    }
    if (printed_ != notification.tree || printedTime_ != notification.time) {
        framed_ = std::make_shared<const std::string>(netconf_frame::encode(
            Framing::Chunked, agent::notification(notification.time, *notification.tree)));
        printed_ = notification.tree;
        printedTime_ = notification.time;
    }
    if (!queue(*connection, framed_)) {
        return false;
    }
    ++connection->session.outNotifications;
    ++totals_.outNotifications;
    return true;
}

bool NetconfServer::queue(Connection& connection, std::shared_ptr<const std::string> bytes)
{
    if (connection.state == Connection::State::Dead) {
        return false;
    }
    // One message may be larger than the limit if it is alone: the gate has its own.
    if (connection.queued != 0 && connection.queued + bytes->size() > mostQueued_) {
        logging::warning("session " + std::to_string(connection.session.id) + ": more than "
            + std::to_string(mostQueued_) + " bytes are not read");
        end(connection, { "dropped" });
        return false;
    }
    connection.queued += bytes->size();
    const bool idle = connection.out.empty();
    connection.out.push_back(std::move(bytes));
    if (idle) {
        flush(connection);
    }
    return connection.state != Connection::State::Dead;
}

void NetconfServer::flush(Connection& connection)
{
    while (!connection.out.empty()) {
        const std::string& front = *connection.out.front();
        const ssize_t n = ::send(connection.socket.get(), front.data() + connection.written,
            front.size() - connection.written, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            break;
        }
        if (n < 0) {
            end(connection, { "dropped" });
            return;
        }
        connection.written += static_cast<size_t>(n);
        connection.queued -= static_cast<size_t>(n);
        if (connection.written < front.size()) {
            break;
        }
        connection.out.pop_front();
        connection.written = 0;
    }
    if (connection.out.empty() && connection.state == Connection::State::Closing) {
        loop_.cancel(connection.timer); // later: somebody up the stack still looks at it
        connection.timer = loop_.after(0ms, [this, key = connection.key] { bury(key); });
        return;
    }
    if (connection.out.empty() && connection.halfClosed) {
        end(connection, { "dropped" });
        return;
    }
    if (connection.more && connection.queued <= EnoughQueued) {
        processLater(connection);
    }
    watch(connection);
}

/// A session that waits for an answer, or has more to be processed, is not read from.
void NetconfServer::watch(Connection& connection)
{
    if (connection.state == Connection::State::Dead) {
        return;
    }
    const bool reads = !connection.waiting && !connection.more && !connection.halfClosed;
    loop_.change(connection.socket.get(),
        (reads ? static_cast<uint32_t>(EPOLLIN) : 0u)
            | (connection.out.empty() ? 0u : static_cast<uint32_t>(EPOLLOUT)));
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
