// Lines of passwd(5), group(5) and shadow(5), cut as glibc's nss/nss_files/files-parse.c cuts them.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace agent {

struct AccountLine {
    std::string_view text; // without leading blanks, up to a NUL
    size_t number = 0;
};

/// All but blank lines and comments.
std::vector<AccountLine> accountLines(std::string_view all);

/// Takes the part up to a colon off the front of a line.
std::string_view takeField(std::string_view& line);

/// Takes a number as glibc's strtou32 reads it: blanks and a sign may stand before it, and what
/// does not fit 32 bits is none ("-1" neither). Nothing if the field is no number or the line has
/// ended; with `otherwise`, that value stands for an empty field.
std::optional<uint32_t> takeNumber(
    std::string_view& line, std::optional<uint32_t> otherwise = std::nullopt);

/// isspace(3) in the C locale.
bool isBlank(char c);

} // namespace agent
