// An element of a subtree filter; for the filter's own files only.
#pragma once

#include "agent/server/filter.h"

#include <optional>
#include <string>
#include <vector>

struct lysc_node;
struct ly_ctx;

namespace agent {

/// A leaf with content matches that value, any other element without children selects all below
/// it, one with children contains further elements.
struct Filter::Pattern {
    std::string module; // empty: any
    std::string name;
    std::optional<std::string> content; // canonical value
    bool never = false; // unknown namespace, attribute, impossible value
    std::vector<Pattern> children;

    bool names(const lysc_node* schema) const;
    /// Whether some of its children are values to be matched.
    bool matches() const;
};

/// Throws RpcError.
void checkOverSchema(const ly_ctx* ctx, const std::string& expression);

} // namespace agent
