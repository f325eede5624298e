// What the server tells of its subscriptions and streams (RFC 8639, 2.7.2 and 3; RFC 8641, 5).
#pragma once

#include "common/yang.h"

#include <cstdint>

namespace agent {

class Core;

/// /subscriptions and /streams: those that there are.
yang::Tree subscriptionState(const Core& core);

/// subscription-modified of one that there is.
yang::Tree subscriptionModified(const Core& core, uint32_t id);

} // namespace agent
