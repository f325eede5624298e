// Operations on the datastores (RFC 6241, 7 and 8).
#pragma once

#include "agent/server/datastore.h"
#include "common/yang.h"

#include <optional>
#include <string>

namespace agent {

class Core;
struct Session;
using Body = std::optional<std::string>;

/// Of a <source> or <target>.
Store storeOf(const yang::Node& choice);

Body callEditConfig(Core& core, const Session& session, const yang::Node& rpc);
Body callCopyConfig(Core& core, const Session& session, const yang::Node& rpc);
Body callValidate(Core& core, const Session& session, const yang::Node& rpc);
Body callLock(Core& core, const Session& session, const yang::Node& rpc);
Body callUnlock(Core& core, const Session& session, const yang::Node& rpc);

/// LYD_PRINT_WD_* of a request.
uint32_t withDefaults(const yang::Node& rpc);
/// Edits by <config> and <default-operation>, as edit-config without options does.
void editData(Core& core, const Session& session, const yang::Node& rpc, Store store);

// rpcs_nmda.cpp
Body callGetData(Core& core, const Session& session, const yang::Node& rpc);
Body callEditData(Core& core, const Session& session, const yang::Node& rpc);

// rpcs_candidate.cpp
Body callCommit(Core& core, const Session& session, const yang::Node& rpc);
Body callDiscardChanges(Core& core, const Session& session, const yang::Node& rpc);
Body callCancelCommit(Core& core, const Session& session, const yang::Node& rpc);

} // namespace agent
