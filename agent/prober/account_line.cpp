#include "agent/prober/account_line.h"

#include <algorithm>

namespace agent {

bool isBlank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::vector<AccountLine> accountLines(std::string_view all)
{
    std::vector<AccountLine> lines;
    for (size_t number = 1; !all.empty(); ++number) {
        const size_t end = std::min(all.find('\n'), all.size());
        std::string_view line = all.substr(0, end);
        all.remove_prefix(std::min(end + 1, all.size()));
        line = line.substr(0, line.find('\0'));
        while (!line.empty() && isBlank(line.front())) {
            line.remove_prefix(1);
        }
        if (!line.empty() && line.front() != '#') {
            lines.push_back({ line, number });
        }
    }
    return lines;
}

std::string_view takeField(std::string_view& line)
{
    const size_t end = std::min(line.find(':'), line.size());
    const std::string_view field = line.substr(0, end);
    line.remove_prefix(std::min(end + 1, line.size()));
    return field;
}

std::optional<uint32_t> takeNumber(std::string_view& line, std::optional<uint32_t> otherwise)
{
    if (line.empty()) {
        return std::nullopt;
    }
    size_t at = 0;
    while (at < line.size() && isBlank(line[at])) {
        ++at;
    }
    bool negative = false;
    if (at < line.size() && (line[at] == '+' || line[at] == '-')) {
        negative = line[at] == '-';
        ++at;
    }
    const size_t first = at;
    uint64_t value = 0;
    bool overflow = false;
    for (; at < line.size() && line[at] >= '0' && line[at] <= '9'; ++at) {
        const auto digit = static_cast<uint64_t>(line[at] - '0');
        overflow = overflow || value > (UINT64_MAX - digit) / 10;
        value = overflow ? UINT64_MAX : value * 10 + digit;
    }
    std::optional<uint32_t> out;
    if (at == first) {
        at = 0; // strtoul took nothing
        out = otherwise;
    } else {
        value = negative && !overflow ? -value : value;
        if (value > UINT32_MAX) {
            return std::nullopt;
        }
        out = static_cast<uint32_t>(value);
    }
    if (at < line.size() && line[at] != ':') {
        return std::nullopt;
    }
    line.remove_prefix(std::min(at + 1, line.size()));
    return out;
}

} // namespace agent
