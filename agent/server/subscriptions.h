// Subscriptions to event streams "NETCONF" and "femto-security", with filter, replay from the
// report log and stop time: the one of RFC 5277 that a session may have, and the dynamic ones of
// RFC 8639.
#pragma once

#include "agent/server/filter.h"
#include "agent/server/notification.h"
#include "agent/server/report_log.h"
#include "common/loop.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agent {

/// What a subscriber asks for.
struct StreamRequest {
    std::string stream;
    Filter filter {};
    std::optional<wall::Time> start {}; // replay from here on
    std::optional<wall::Time> stop {};
    std::string reference {}; // to the filter, if it is a stored one
};

class Subscriptions {
public:
    struct Outlets {
        /// Sends to a session; false if it could not be queued, and then the session is being
        /// ended.
        std::function<bool(uint32_t session, const Notification&)> send;
        /// Whether access control lets the session's user see it (RFC 8341, 3.4.6).
        std::function<bool(uint32_t session, const Notification&)> permitted;
    };

    Subscriptions(
        const yang::Context& context, loop::Loop& loop, const ReportLog& log, Outlets outlets);
    ~Subscriptions();

    /// That of RFC 5277. Throws RpcError: unknown stream, startTime in the future, stopTime without
    /// or before startTime, a second subscription. Replay is sent after the reply: from the next
    /// loop round.
    void create(uint32_t session, StreamRequest request);
    /// Whether a session has that one.
    bool classic(uint32_t session) const;
    /// A dynamic subscription of RFC 8639, of that number. The request has been found good.
    void establish(uint32_t session, uint32_t id, StreamRequest request);
    /// Takes on a filter, with the name it is stored under, and a stop time where one is given.
    /// False if the session has no such dynamic subscription.
    bool modify(uint32_t session, uint32_t id, std::optional<Filter> filter,
        std::optional<wall::Time> stop, const std::string& reference);
    /// Without a word. False if there is none.
    bool remove(uint32_t session, uint32_t id);
    /// With subscription-terminated, for that reason (an identity, module in front).
    void terminate(uint32_t session, uint32_t id, const std::string& reason);
    /// The session is gone, or about to be.
    void drop(uint32_t session);

    /// A dynamic subscription that exists.
    struct Row {
        uint32_t session;
        uint32_t id;
        std::string stream;
        std::optional<wall::Time> stop;
        std::string reference; // to its filter
        uint64_t sent; // event records
        uint64_t excluded; // by its filter or by access control
    };
    std::vector<Row> rows() const;
    static bool isStream(const std::string& name);

    void publish(const Notification& notification);
    /// Sends logged reports to one session, subscribed or not, from the next loop round (so after
    /// the reply), and before what happens from now on. Returns how many there are.
    size_t resend(
        uint32_t session, const std::string& epoch, uint64_t from, std::optional<uint64_t> to);

private:
    struct Hidden;
    std::unique_ptr<Hidden> hidden_;
};

} // namespace agent
