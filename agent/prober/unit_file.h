// Files of systemd units and their drop-ins: systemd.syntax(7).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct UnitAssignment {
    std::string name; // "Section.Name"
    std::string value; // empty: forgets what stands before it
};

/// What a unit file or drop-in says, in its order. A line that systemd reads over is left out here
/// too.
std::vector<UnitAssignment> parseUnit(std::string_view all);

/// Words of a command line or of a list, without quotes and escapes.
std::vector<std::string> unitWords(std::string_view value);

} // namespace agent
