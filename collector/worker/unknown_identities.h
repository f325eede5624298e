// What a node says of categories that its vendor defined in a YANG module which we do not have: it
// is left out, so that the rest of the message can be read.
#pragma once

#include "common/yang.h"

#include <set>
#include <string>
#include <string_view>

namespace collector {

/// XML of femto-security (a status, a notification) without the entries of lists `category`,
/// `extension` and `edit`, and of leaf-list `category`, whose identity is in a namespace that no
/// implemented module has. `lost` gets these identities as "namespace:name", quoted. Text that is
/// not well-formed, or has a document type, comes back as it is: its parser says so.
std::string withoutUnknownIdentities(
    const yang::Context& context, std::string_view xml, std::set<std::string>& lost);

} // namespace collector
