// Origins of the configuration in operational (RFC 8342, 5.3.4): what somebody configured is
// intended, what is in use without that is default. Nothing of it is learned, dynamic or the
// system's. State has no origin.
#pragma once

#include "common/yang.h"

#include <string>
#include <vector>

namespace agent {

/// What get-data asks of origins (RFC 8526, 3.1.1).
struct Origins {
    bool annotated = false; // with-origin
    std::vector<std::string> filter {}; // identities, with their module: these, or, if negated,
    bool negated = false; // all others
    bool filtered = false;
};

/// Removes the configuration that the filter does not match, unless more stands below it, and
/// annotates the rest.
void applyOrigins(yang::Tree& tree, const Origins& origins);

/// What stands in the start tag of a top-level node.
extern const char* const OriginIntended;

} // namespace agent
