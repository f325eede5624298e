// Text of doas.conf(5), cut as the scanner and grammar of OpenDoas 6.8.2 cut it (parse.y).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct DoasRule {
    bool permit = false;
    bool noPassword = false;
    bool keepsEnvironment = false;
    std::string identity {}; // user name or uid; a group with ':' before
    std::optional<std::string> target {}; // nothing: any user
    std::optional<std::string> command {}; // nothing: any
    std::optional<std::vector<std::string>> arguments {}; // nothing: any
    size_t line = 0;
};

/// Throws ParseError, beginning with the number of the line, for what makes doas refuse the whole
/// file.
std::vector<DoasRule> parseDoas(std::string_view all);

} // namespace agent
