// How a session begins: the gate says who has logged in, then both sides say hello.
#include "agent/messages.h"
#include "agent/server/netconf_server_connection.h"
#include "common/clock.h"
#include "common/frame.h"
#include "common/log.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

using netconf_frame::Framing;

constexpr size_t MostLogin = 1024;
constexpr const char* Base10 = "urn:ietf:params:netconf:base:1.0";
constexpr const char* Base11 = "urn:ietf:params:netconf:base:1.1";

} // namespace

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
        { std::make_shared<const std::string>(netconf_frame::encode(
            Framing::EndOfMessage, hello(capabilities_, connection.session.id))) });
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

} // namespace agent
