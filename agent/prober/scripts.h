// Which script an interpreter runs, by its arguments alone.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace agent {

/// As the argument names it: relative names stay so, "-m NAME" is a module of Python. Nothing if
/// the executable is no interpreter that is known, or reads its program from elsewhere.
std::optional<std::string> scriptOf(
    const std::string& executable, const std::vector<std::string>& arguments);

} // namespace agent
