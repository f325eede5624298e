// Words of the JavaScript in rules of polkit(8).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct PolkitToken {
    enum class Kind { End, Word, String, Mark };
    Kind kind = Kind::End;
    std::string text {};
    size_t line = 1;
};

/// Ends with one of kind End. A string with escapes, and what else is not read here, becomes a mark
/// that fits nowhere.
std::vector<PolkitToken> polkitTokens(std::string_view all);

} // namespace agent
