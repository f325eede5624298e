// From one configuration to another.
#pragma once

#include "agent/server/edit.h"

#include <vector>

namespace agent {

/// Makes `target` the same as `wanted`, a first sibling or null; returns what was changed for that.
/// What is in `wanted` as a default only is left out: validation adds defaults. Only what differs
/// needs a permit (RFC 8341, 3.2.5). Throws RpcError.
std::vector<Changed> turnInto(
    yang::Tree& target, const lyd_node* wanted, const Edit::Permit& permit);

} // namespace agent
