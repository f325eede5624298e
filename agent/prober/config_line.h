// The "name = value # comment" lines that libpwquality and pam_faillock read alike.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct ConfigLine {
    std::string name;
    std::string value;
    size_t number = 0;
};

struct ConfigLines {
    std::vector<ConfigLine> lines;
    /// Line longer than the reader's buffer, or with a NUL byte: nothing from there on is read.
    std::optional<size_t> malformed;
};

ConfigLines configLines(std::string_view all);

/// isspace(3) in the C locale.
bool isConfigSpace(char c);

} // namespace agent
