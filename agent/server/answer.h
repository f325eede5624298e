// What a user may read of trees and of the contents of categories, filtered, as elements.
#pragma once

#include "agent/server/access.h"
#include "agent/server/filter.h"
#include "agent/server/live_tree.h"
#include "agent/server/origin.h"

#include <cstdint>
#include <string>
#include <vector>

namespace agent {

struct Question {
    const yang::Context& context;
    Access& access;
    const std::string& user;
    const Filter& filter;
    uint32_t defaults; // LYD_PRINT_WD_*
    const Origins* origins = nullptr; // if anything is asked of them
};

/// One after the other. Throws RpcError.
std::string answer(
    const Question& question, std::vector<const lyd_node*> trees, const Contents& contents);

} // namespace agent
