// XML text of data nodes, to be put together with other such text.
#pragma once

#include "common/yang.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace agent {

/// Appends a node as an element, without its siblings. `options` are libyang's of printing; white
/// space is left out in any case.
void appendElement(std::string& out, const lyd_node* node, uint32_t options = 0);

/// The same for a place inside an element of the module of the node's parent, whose namespace is
/// then not declared again.
void appendInner(std::string& out, const lyd_node* node, uint32_t options = 0);

} // namespace agent
