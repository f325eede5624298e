// How far an XPath looks. One that looks at the whole tree again for each node takes time that
// grows with the square of the tree, or worse, and libyang cannot be interrupted.
#pragma once

#include <string_view>

namespace agent {

/// False if a predicate looks no further than below its own node, at most three of them stand in
/// each other, the expression goes down by "//" or back up twice at most, and has no more than
/// 1024 bytes: then the time is that of a few walks through the tree for each of its steps, which
/// are not many. By tokens (XPath 1.0, 3.7), whatever else the expression says.
bool reachesFar(std::string_view expression);

} // namespace agent
