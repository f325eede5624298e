// Configuration files of our daemons: lines of `name = value`, '#' before comments.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace config_file {

/// Where a value goes. It throws std::invalid_argument with what is wrong with it.
using Setter = std::function<void(std::string_view value)>;

/// Reads all of a file. Throws std::runtime_error naming file and line and quoting the offending
/// text: unknown or repeated name, no '=', a value that its setter refuses.
void read(const std::string& file, const std::vector<std::pair<std::string_view, Setter>>& names);

Setter text(std::string& into);
/// An absolute path.
Setter path(std::string& into);
Setter number(unsigned& into, unsigned least, unsigned most);

} // namespace config_file
