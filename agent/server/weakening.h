// What a change of the collection configuration takes away from the operator's sight.
#pragma once

#include "agent/server/collection.h"

namespace agent {

/// One line for each setting by which less, or less often, is collected or reported than before.
std::vector<std::string> weakenings(const Collection& before, const Collection& now);

/// Categories whose collection is another than before.
std::vector<std::string> changedCategories(const Collection& before, const Collection& now);

} // namespace agent
