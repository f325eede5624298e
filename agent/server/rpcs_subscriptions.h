// Dynamic subscriptions to streams and datastores (RFC 8639, 8640, 8641).
#pragma once

#include "common/yang.h"

#include <optional>
#include <string>

namespace agent {

class Core;
struct Session;
using Body = std::optional<std::string>;

Body callEstablishSubscription(Core& core, const Session& session, const yang::Node& rpc);
Body callModifySubscription(Core& core, const Session& session, const yang::Node& rpc);
Body callDeleteSubscription(Core& core, const Session& session, const yang::Node& rpc);
Body callKillSubscription(Core& core, const Session& session, const yang::Node& rpc);
Body callResyncSubscription(Core& core, const Session& session, const yang::Node& rpc);

/// Filters of the configuration have changed: what uses them does so from now on, or is terminated.
void filtersChanged(Core& core);

} // namespace agent
