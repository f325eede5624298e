// Which script an interpreter runs, by its arguments alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace agent {

/// As the argument names it: relative names stay so, "-m NAME" is a module of Python. A program
/// that is an argument itself is called by its option, such as "-c", and one that is read from
/// standard input "-". Nothing if the executable is no interpreter that is known.
std::optional<std::string> scriptOf(
    const std::string& executable, const std::vector<std::string>& arguments);

} // namespace agent
