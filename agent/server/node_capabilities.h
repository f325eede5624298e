// What subscriptions to datastores can do here (RFC 9196), and what of the data is not told on
// change.
#pragma once

#include "agent/server/push.h"
#include "common/yang.h"

struct lysc_node;

namespace agent {

/// As sampling-interval: nothing is looked at more often.
constexpr Centiseconds LeastPeriod { 100 };

/// /system-capabilities.
yang::Tree nodeCapabilities(const yang::Context& context);

/// Whether a change of this node, and not of one above it, is told: not that of counters, of times
/// at which something was looked at, and of what tells of sessions and subscriptions.
bool steady(const lysc_node* schema);

/// Whether a filter may select anything of which changes are told.
bool maySelectSteady(const yang::Context& context, const Filter& filter);

} // namespace agent
