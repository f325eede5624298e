// Operations on the running datastore (RFC 6241, 7).
#pragma once

#include "common/yang.h"

#include <optional>
#include <string>

namespace agent {

class Core;
struct Session;
using Body = std::optional<std::string>;

Body callEditConfig(Core& core, const Session& session, const yang::Node& rpc);
Body callCopyConfig(Core& core, const Session& session, const yang::Node& rpc);
Body callValidate(Core& core, const Session& session, const yang::Node& rpc);
Body callLock(Core& core, const Session& session, const yang::Node& rpc);
Body callUnlock(Core& core, const Session& session, const yang::Node& rpc);

} // namespace agent
