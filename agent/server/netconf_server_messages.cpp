// Whole messages: requests in the order in which they came, replies now or later, notifications.
#include "agent/server/netconf_server_connection.h"
#include "common/log.h"

#include <utility>

namespace agent {

namespace {

using namespace std::chrono_literals;
using netconf_frame::Framing;

// Of one session before others get their turn: messages, and the time after which none is begun.
constexpr int MostAtOnce = 16;
constexpr auto LongestAtOnce = 3ms;
constexpr size_t EnoughToSplit = 64u << 10; // bytes of a reply that are not copied into one

} // namespace

/// What has arrived whole, some at a time, and one at a time while an answer is due.
void NetconfServer::process(Connection& connection)
{
    connection.more = false;
    const auto until = std::chrono::steady_clock::now() + LongestAtOnce;
    for (int i = 0; i == 0 || (i < MostAtOnce && std::chrono::steady_clock::now() < until); ++i) {
        const bool hello = connection.state == Connection::State::Hello;
        if (connection.waiting || (!hello && connection.state != Connection::State::Open)) {
            watch(connection);
            return;
        }
        if (connection.queued > Connection::EnoughQueued) {
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
    Incoming incoming = parseRpc(context_, text, outlets_.running().raw());
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
        std::optional<std::string> body = outlets_.call(session, incoming.rpc);
        if (body) {
            connection.waiting.reset();
            respond(connection, incoming.attributes, std::move(*body));
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

void NetconfServer::respond(Connection& connection, const std::string& attributes, std::string body)
{
    if (body.size() < EnoughToSplit) {
        queue(connection,
            { std::make_shared<const std::string>(netconf_frame::encode(
                Framing::Chunked, reply(attributes, body.empty() ? "<ok/>" : body))) });
        return;
    }
    // As it is, without a copy: a chunk of its own between two others.
    const std::string around = reply(attributes, "");
    const size_t end = around.rfind("</");
    const auto chunk
        = [](std::string_view text) { return "\n#" + std::to_string(text.size()) + "\n"; };
    const std::string_view begin = std::string_view(around).substr(0, end);
    const std::string_view close = std::string_view(around).substr(end);
    std::string first = chunk(begin);
    first.append(begin).append(chunk(body));
    std::string last = chunk(close);
    last.append(close).append("\n##\n");
    queue(connection,
        { std::make_shared<const std::string>(std::move(first)),
            std::make_shared<const std::string>(std::move(body)),
            std::make_shared<const std::string>(std::move(last)) });
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
    respond(connection, attributes, std::move(body));
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
    // One text for all subscribers; those that come in one loop round leave together.
    if (!queue(*connection, { notification.event->framed() }, true)) {
        return false;
    }
    ++connection->session.outNotifications;
    ++totals_.outNotifications;
    return true;
}

} // namespace agent
