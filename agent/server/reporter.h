// The state of the collection and the reports about it: holds the latest content of each category,
// turns differences into change reports, and sends full reports and heartbeats when they are due.
#pragma once

#include "agent/server/live_tree.h"
#include "agent/server/notification.h"
#include "agent/server/report_log.h"
#include "common/frame.h"
#include "common/loop.h"
#include "yang/extensions.h"

#include <functional>
#include <map>

namespace agent {

/// Who changed the configuration, for collection-config-changed.
struct Origin {
    std::string user;
    uint32_t session = 0;
    std::string host;
};

class Reporter {
public:
    struct Outlets {
        std::function<void(const Notification&)> publish; // to subscribers
        std::function<void(frame::Message)> toProber;
        std::function<void()> changed = [] {}; // status or inventory may be other than before
    };

    Reporter(const yang::Context& context, loop::Loop& loop, ReportLog& log, std::string nodeId,
        Outlets outlets);
    ~Reporter();

    /// What the status says of the vendor's modules.
    void describe(const schemas::Extensions& extensions);
    /// The collection configuration in force: `running` is the whole datastore. With an origin, a
    /// collection-config-changed tells what changed and whether it weakens the collection.
    void configure(const yang::Tree& running, const std::optional<Origin>& origin);
    /// The prober is (again) there: it is told the configuration.
    void proberStarted();
    /// The prober is gone: until it is back categories turn stale in time, nothing is cleared.
    void proberEnded();
    /// A Collected message. Throws yang::Error, frame::Broken if it is not valid: nothing is then
    /// changed.
    void received(const frame::Message& message);

    /// /fs:femto-security/status, for <get>: a view, valid until the next event.
    const yang::Tree& state();
    /// What stands in /fs:femto-security/inventory, by category: valid until the next event.
    const Contents& contents() const;

    struct Header {
        std::string nodeId;
        std::string epoch;
        uint64_t sequence = 0;
        std::string configDigest;
    };
    /// Collects now and reports in full as 'requested', with `nonce` (base64, may be empty). `done`
    /// is called, perhaps at once, with the header of the
    /// last of the reports once all are out, or with an error text: a category that is not enabled,
    /// no prober, or no answer within 60 s.
    void collectNow(const std::vector<std::string>& categories, std::string nonce,
        std::function<void(const Header*, const std::string& error)> done);
    /// Counts a report that a subscriber could not be sent.
    void dropped();

private:
    struct Hidden;
    std::unique_ptr<Hidden> hidden_;
};

} // namespace agent
