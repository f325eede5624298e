// A notification of the agent on its way: into the log, and to subscribers.
#pragma once

#include "common/yang.h"

#include <cstdint>
#include <memory>
#include <string>

namespace agent {

struct Notification {
    std::string time; // eventTime, date-and-time
    std::shared_ptr<const yang::Tree> tree; // the notification node
    std::string epoch; // of a report; empty for others (netconf-session-start and so on)
    uint64_t sequence = 0;

    /// Reports of module femto-security are on streams "femto-security" and "NETCONF", others on
    /// "NETCONF" only.
    bool isReport() const { return !epoch.empty(); }
};

} // namespace agent
