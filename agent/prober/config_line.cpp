#include "agent/prober/config_line.h"

#include <algorithm>

namespace agent {

namespace {

constexpr size_t MaxLine = 1023; // PWQSETTINGS_MAX_LINELEN, FAILLOCK_CONF_MAX_LINELEN

std::string_view trimmed(std::string_view all)
{
    while (!all.empty() && isConfigSpace(all.back())) {
        all.remove_suffix(1);
    }
    while (!all.empty() && isConfigSpace(all.front())) {
        all.remove_prefix(1);
    }
    return all;
}

} // namespace

bool isConfigSpace(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

ConfigLines configLines(std::string_view all)
{
    ConfigLines out;
    size_t number = 0;
    while (!all.empty()) {
        ++number;
        const size_t end = all.find('\n');
        std::string_view line = all.substr(0, end);
        all.remove_prefix(end == all.npos ? all.size() : end + 1);
        // fgets() into a buffer; a NUL byte hides the newline behind it. At the end of the file
        // none is missed.
        const size_t nul = line.find('\0');
        if (line.size() >= MaxLine || (nul != line.npos && nul > 0 && end != line.npos)) {
            out.malformed = number;
            break;
        }
        line = line.substr(0, nul);
        line = trimmed(line.substr(0, line.find('#')));
        if (line.empty()) {
            continue;
        }
        size_t at = 0;
        while (at < line.size() && !isConfigSpace(line[at]) && line[at] != '=') {
            ++at;
        }
        const std::string_view name = line.substr(0, at);
        bool equals = false;
        while (at < line.size() && (isConfigSpace(line[at]) || (line[at] == '=' && !equals))) {
            equals = equals || line[at] == '=';
            ++at;
        }
        out.lines.push_back({ std::string(name), std::string(line.substr(at)), number });
    }
    return out;
}

} // namespace agent
