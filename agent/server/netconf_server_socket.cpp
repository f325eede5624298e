// Bytes between the server and the gates: what comes, what waits to be written, who stops reading.
#include "agent/server/netconf_server_connection.h"
#include "common/log.h"

#include <cerrno>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>

namespace agent {

using namespace std::chrono_literals;

namespace {

constexpr size_t MostParts = 64; // messages that are written with one call
constexpr size_t MostCorked = 128u << 10; // bytes that wait for the end of a loop round

} // namespace

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

/// The parts of one message.
bool NetconfServer::queue(Connection& connection, Parts parts, bool cork)
{
    if (connection.state == Connection::State::Dead) {
        return false;
    }
    size_t size = 0;
    for (const auto& part : parts) {
        size += part->size();
    }
    // One message may be larger than the limit if it is alone: the gate has its own.
    if (connection.queued != 0 && connection.queued + size > mostQueued_) {
        logging::warning("session " + std::to_string(connection.session.id) + ": more than "
            + std::to_string(mostQueued_) + " bytes are not read");
        end(connection, { "dropped" });
        return false;
    }
    connection.queued += size;
    const bool idle = connection.out.empty();
    connection.out.insert(connection.out.end(), parts);
    if (cork && idle) {
        connection.corked = true;
        loop_.after(0ms, [this, key = connection.key] {
            const auto found = connections_.find(key);
            if (found != connections_.end() && found->second->corked) {
                flush(*found->second);
            }
        });
    } else if (idle || (connection.corked && (!cork || connection.queued > MostCorked))) {
        flush(connection);
    }
    return connection.state != Connection::State::Dead;
}

void NetconfServer::flush(Connection& connection)
{
    connection.corked = false;
    while (!connection.out.empty()) {
        iovec parts[MostParts];
        msghdr header {};
        header.msg_iov = parts;
        size_t skip = connection.written;
        size_t size = 0;
        for (const auto& bytes : connection.out) {
            if (header.msg_iovlen == MostParts) {
                break;
            }
            parts[header.msg_iovlen++]
                = { const_cast<char*>(bytes->data()) + skip, bytes->size() - skip };
            size += bytes->size() - skip;
            skip = 0;
        }
        const ssize_t n = ::sendmsg(connection.socket.get(), &header, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) {
            break;
        }
        if (n < 0) {
            end(connection, { "dropped" });
            return;
        }
        connection.written += static_cast<size_t>(n);
        connection.queued -= static_cast<size_t>(n);
        while (!connection.out.empty() && connection.written >= connection.out.front()->size()) {
            connection.written -= connection.out.front()->size();
            connection.out.pop_front();
        }
        if (static_cast<size_t>(n) < size) {
            break;
        }
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
    if (connection.more && connection.queued <= Connection::EnoughQueued) {
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

} // namespace agent
