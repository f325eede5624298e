// What turns one selection of data into another, as edits of a YANG patch (RFC 8072, 2.5) for a
// push-change-update (RFC 8641, 3.7).
#pragma once

#include "common/yang.h"

#include <set>
#include <string>

namespace agent {

struct Patch {
    size_t edits = 0;
    std::string xml; // <edit> elements, of no namespace of their own
};

/// `former` and `now` are elements as selected() gives them. Entries of lists are followed by their
/// keys; where there are none, or entries have another order than before, what is around them is
/// replaced. Edits whose operation (create, delete, replace) is `excluded` are left out, and so is
/// what changes all the time and nobody is told of on change: see steady(). Throws yang::Error.
Patch patchBetween(const yang::Context& context, const std::string& former, const std::string& now,
    const std::set<std::string>& excluded);

/// Path of a node as RFC 8072 and RFC 8040, 3.5.3 write it: /module:container/list=key,key/leaf.
std::string resourcePath(const lyd_node* node);

} // namespace agent
