// Subscriptions of RFC 5277: one for each session at most, on stream "NETCONF" or
// "femto-security", with filter, replay from the report log and stop time.
#pragma once

#include "agent/server/filter.h"
#include "agent/server/notification.h"
#include "agent/server/report_log.h"
#include "common/loop.h"

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace agent {

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

    /// Throws RpcError: unknown stream, startTime in the future, stopTime without or before
    /// startTime, a second subscription. Replay is sent after the reply: from the next loop round.
    void create(uint32_t session, const std::string& stream, Filter filter,
        std::optional<wall::Time> start, std::optional<wall::Time> stop);
    /// The session is gone, or about to be.
    void drop(uint32_t session);
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
