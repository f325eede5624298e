// The operations that the server knows.
#pragma once

#include "common/yang.h"

#include <optional>
#include <span>
#include <string>

namespace agent {

class Core;
struct Session;

struct Rpc {
    const char* module;
    const char* name;
    /// Content of the reply, "" for <ok/>; nothing if Core::netconf is given the answer later.
    /// Throws RpcError, RpcErrors.
    std::optional<std::string> (*call)(Core& core, const Session& session, const yang::Node& rpc);
};

std::span<const Rpc> rpcs();

} // namespace agent
