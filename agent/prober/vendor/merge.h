// Adding what a vendor says to what the agent found itself.
#pragma once

#include "common/yang.h"

#include <string>
#include <vector>

namespace agent {

/// Adds entries and leaves of `facts` to `content`, both containers of one category. What is there
/// already stays as it is, whole: a vendor can add, and never hide or change. An entry that says
/// how sure one is gets 'declared' at best, and `source` as evidence. Returns what contradicts
/// `content`, a text for each.
std::vector<std::string> mergeFacts(
    const yang::Context& context, yang::Node content, yang::Node facts, const std::string& source);

} // namespace agent
