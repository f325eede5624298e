#include "agent/prober/vendor/flat_settings.h"
#include "agent/prober/probe.h"
#include "common/text.h"

namespace agent {

namespace {

[[noreturn]] void refuse(size_t line, const std::string& what)
{
    throw ParseError(std::to_string(line) + ": " + what);
}

/// Without the quotes around all of it.
std::string unquoted(std::string_view value)
{
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'')
        && value.back() == value.front()) {
        value = value.substr(1, value.size() - 2);
    }
    return std::string(value);
}

FlatSettings readLines(std::string_view all, bool sections)
{
    FlatSettings out;
    std::string section;
    size_t number = 0;
    for (const std::string_view each : text::allLines(all)) {
        ++number;
        const std::string_view line = text::trim(each);
        if (line.empty() || line.front() == '#' || (sections && line.front() == ';')) {
            continue;
        }
        if (sections && line.front() == '[') {
            if (line.back() != ']') {
                refuse(number, "section without \"]\"");
            }
            const std::string_view name = text::trim(line.substr(1, line.size() - 2));
            section = std::string(name.substr(0, MostKey)) + "/"; // then no key of it is kept
            continue;
        }
        const size_t equals = line.find('=');
        const std::string_view name = text::trim(line.substr(0, equals));
        if (equals == line.npos || name.empty()) {
            refuse(number, "no name = value");
        }
        addSetting(out, section + std::string(name.substr(0, MostKey + 1)),
            unquoted(text::trim(line.substr(equals + 1))), number);
    }
    return out;
}

} // namespace

void addSetting(FlatSettings& to, const std::string& key, std::string value, size_t line)
{
    if (key.size() > MostKey) {
        return; // no mapping can name it
    }
    if (to.size() >= MostSettings) {
        throw std::length_error("more than " + std::to_string(MostSettings) + " settings");
    }
    const auto [at, added] = to.try_emplace(key, FlatSetting { std::move(value), line });
    at->second.repeated = !added;
}

FlatSettings parseKeyValue(std::string_view text)
{
    return readLines(text, false);
}

FlatSettings parseIni(std::string_view text)
{
    return readLines(text, true);
}

FlatSettings parseSettings(const std::string& format, std::string_view all)
{
    constexpr std::pair<std::string_view, FlatSettings (*)(std::string_view)> Forms[]
        = { { "key-value", parseKeyValue }, { "ini", parseIni }, { "json", parseJson },
              { "uci", parseUci }, { "xml", parseXml } };
    for (const auto& [name, parse] : Forms) {
        if (name == format) {
            return parse(all);
        }
    }
    throw ParseError("no such format: " + text::quoted(format));
}

} // namespace agent
