// Paths of single nodes as RFC 7951, 6.11 writes instance-identifiers:
// /module:container/list[key='value']/leaf. A value is in single quotes, taken as it is; one that
// holds a single quote is in double quotes, in which \" and \\ stand for the quote and the
// backslash (RFC 7950, 6.1.3), so that any value can be written.
#pragma once

#include "common/yang.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace instance_path {

struct Step {
    std::string module; // given or that of the step before
    std::string name;
    std::vector<std::pair<std::string, std::string>> keys; // name and value
};

/// Throws yang::Error, quoting the path.
std::vector<Step> parse(std::string_view path);

/// The path of a node that is in a tree; list entries by their keys.
std::string of(yang::Node node);
/// One step, behind a parent of `module` (empty at the top).
std::string step(yang::Node node, const std::string& module);

} // namespace instance_path
