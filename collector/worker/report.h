// A report of a node, as it arrived.
#pragma once

#include "common/yang.h"

#include <cstdint>
#include <string>

namespace collector {

/// Where a report stands among all that a node sends: numbers have no gaps within an epoch, and
/// each start of the agent begins an epoch.
struct Place {
    std::string epoch;
    uint64_t sequence = 0;

    friend bool operator==(const Place&, const Place&) = default;
};

enum class ReportKind { Full, Change, Heartbeat, ConfigChanged };
const char* name(ReportKind kind);

struct Report {
    yang::Tree tree; // the notification
    ReportKind kind = ReportKind::Heartbeat;
    Place place;
    std::string node; // node-id
    std::string configDigest;
    std::string time; // eventTime
    std::string received; // by our clock

    yang::Node root() const { return tree.root(); }
    size_t size = 0; // of the message, about
};

/// Takes a notification of femto-security apart. Throws yang::Error if it is none.
Report readReport(yang::Tree notification, const std::string& time);

} // namespace collector
