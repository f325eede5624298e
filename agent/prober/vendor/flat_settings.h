// Configuration files of any program, as keys and values. Each parser knows the form and nothing of
// the program, and throws ParseError that begins with the line, where there are lines. What stands
// there is quoted nowhere: such a file may hold passwords.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace agent {

struct FlatSetting {
    std::string value;
    size_t line = 0; // 0 if the form has none
    bool repeated = false; // there is more than one: which of them counts only the program knows
};

/// By key, in the words of femto-vendor:mapping/.../key.
using FlatSettings = std::map<std::string, FlatSetting>;

FlatSettings parseKeyValue(std::string_view text);
FlatSettings parseIni(std::string_view text);
FlatSettings parseJson(std::string_view text);
FlatSettings parseUci(std::string_view text);
FlatSettings parseXml(std::string_view text);

/// By the name of the form, such as "ini". Throws ParseError for another name.
FlatSettings parseSettings(const std::string& format, std::string_view text);

constexpr size_t MostKey = 512; // as of femto-vendor:mapping/.../key: longer ones are left out
constexpr size_t MostSettings = 10'000;

/// One more; a key that is there already is then repeated. Throws std::length_error.
void addSetting(FlatSettings& to, const std::string& key, std::string value, size_t line);

} // namespace agent
