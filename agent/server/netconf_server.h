// NETCONF sessions over sockets to gates: login, hello, messages in and out, each session with
// bounded buffers. A gate that stops reading, or that was taken over, costs its own session.
//
// libnetconf2 is not used here. Its 2.0.24 writes without time limit, so that one gate that stands
// still stops all; it cannot answer later, as collect-now must; it makes every mistake of a peer
// 'operation-failed'; and its framing can be crashed by whoever holds the other end of the socket.
#pragma once

#include "agent/server/envelope.h"
#include "agent/server/notification.h"
#include "common/loop.h"

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agent {

struct Session {
    uint32_t id = 0;
    std::string user;
    std::string host; // remote address, as the listener saw it
    const char* transport = ""; // of ietf-netconf-monitoring
    std::string since; // date-and-time
    uint64_t inRpcs = 0;
    uint64_t inBadRpcs = 0;
    uint64_t outRpcErrors = 0;
    uint64_t outNotifications = 0;
};

/// Why a session ended: termination-reason of RFC 6470.
struct Ending {
    const char* reason; // closed, killed, dropped, timeout, bad-hello or other
    uint32_t killedBy = 0;
};

class NetconfServer {
public:
    struct Outlets {
        /// Content of the reply, or nothing if it comes later by answer(). Throws RpcError,
        /// RpcErrors.
        std::function<std::optional<std::string>(const Session&, const yang::Tree& rpc)> call;
        std::function<const yang::Tree&()> running; // what references in requests lead to
        std::function<void(const Session&)> started;
        std::function<void(const Session&, const Ending&)> ended;
    };

    NetconfServer(const yang::Context& context, loop::Loop& loop,
        std::vector<std::string> capabilities, Outlets outlets);
    ~NetconfServer();

    /// A socket to a gate, on which a Login message comes first; `transport` is an identity of
    /// ietf-netconf-monitoring.
    void accept(fd::Fd socket, std::string host, const char* transport = "netconf-ssh");
    /// For requests that begin from now on: largest message and most queued output, in bytes.
    void limit(size_t message, size_t output);

    /// The reply that call() did not give. Ignored if the session has ended.
    void answer(uint32_t session, const std::string& body);
    void fail(uint32_t session, const RpcError& error);
    /// False if it could not be queued: the session is then ended soon.
    bool notify(uint32_t session, const Notification& notification);
    /// Ends a session: once what is queued is written for `closed`, at once for others.
    void end(uint32_t session, Ending ending);

    const Session* find(uint32_t session) const;
    std::vector<const Session*> sessions() const;
    const std::vector<std::string>& capabilities() const { return capabilities_; }
    /// Sums over all sessions, past ones too, and counts of sessions.
    struct Totals {
        std::string since;
        uint32_t inSessions = 0;
        uint32_t inBadHellos = 0;
        uint32_t droppedSessions = 0;
        uint64_t inRpcs = 0;
        uint64_t inBadRpcs = 0;
        uint64_t outRpcErrors = 0;
        uint64_t outNotifications = 0;
    };
    const Totals& totals() const { return totals_; }

private:
    struct Connection;
    void end(Connection& connection, Ending ending, bool tellAtOnce = false);
    void bury(uint64_t key);
    Connection* of(uint32_t session) const;

    // netconf_server_socket.cpp: bytes
    void ready(Connection& connection, uint32_t events);
    void receive(Connection& connection);
    using Parts = std::initializer_list<std::shared_ptr<const std::string>>;
    bool queue(Connection& connection, Parts parts, bool cork = false);
    void flush(Connection& connection);
    void watch(Connection& connection);

    // netconf_server_hello.cpp: how a session begins
    bool login(Connection& connection);
    void greeted(Connection& connection, const std::string& text);

    // netconf_server_messages.cpp: requests, replies and notifications
    void process(Connection& connection);
    void processLater(const Connection& connection);
    void request(Connection& connection, const std::string& text);
    void respond(Connection& connection, const std::string& attributes, std::string body);
    void respond(
        Connection& connection, const std::string& attributes, const std::vector<RpcError>& errors);

    const yang::Context& context_;
    loop::Loop& loop_;
    std::vector<std::string> capabilities_;
    Outlets outlets_;
    Totals totals_;
    size_t mostMessage_ = 1u << 20;
    size_t mostQueued_ = 64u << 20;
    uint32_t lastSession_ = 0;
    uint64_t lastKey_ = 0;
    std::map<uint64_t, std::unique_ptr<Connection>> connections_;
    std::map<uint32_t, uint64_t> keys_; // of sessions that are open
};

} // namespace agent
