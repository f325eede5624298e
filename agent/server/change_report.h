// The difference of two contents of a category as edits of a security-change.
#pragma once

#include "common/yang.h"

#include <optional>
#include <string>

namespace agent {

struct ContentChange {
    std::string category; // identity, module in front
    uint64_t previousGeneration = 0;
    std::optional<yang::Node> former; // none: it was withdrawn
    std::optional<yang::Node> now; // in a tree of /fs:femto-security
};

/// Appends what turns `former` into `now` to a security-change, numbered on from the edits that it
/// has. Returns how many edits that took. Entries of the category's lists are the smallest unit,
/// what is below them is replaced with them; their order means nothing.
size_t addEdits(yang::Node securityChange, const ContentChange& change);

} // namespace agent
