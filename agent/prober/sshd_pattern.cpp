// Patterns and times of ssh_config(5): match.c and convtime() of OpenSSH.
#include "agent/prober/sshd_config.h"
#include "common/text.h"

#include <algorithm>
#include <limits>

namespace agent {

bool sshdPattern(std::string_view text, std::string_view pattern)
{
    size_t t = 0;
    size_t p = 0;
    size_t star = std::string_view::npos; // last '*', to which we go back
    size_t from = 0; // where in the text its rest was tried last
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            from = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++from;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') {
        ++p;
    }
    return p == pattern.size();
}

bool sshdPatternList(std::string_view text, std::string_view list)
{
    bool matched = false;
    for (std::string_view pattern : text::fields(list, ',')) {
        const bool negated = pattern.starts_with('!');
        pattern.remove_prefix(negated ? 1 : 0);
        if (!sshdPattern(text, pattern)) {
            continue;
        }
        if (negated) {
            return false;
        }
        matched = true;
    }
    return matched;
}

std::optional<uint32_t> sshdTime(std::string_view text)
{
    constexpr uint64_t Most = std::numeric_limits<int32_t>::max();
    uint64_t total = 0;
    if (text.empty()) {
        return std::nullopt;
    }
    while (!text.empty()) {
        const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
        const auto count = text::number<uint32_t>(text.substr(0, digits));
        if (!count || *count > Most) {
            return std::nullopt;
        }
        text.remove_prefix(digits);
        uint64_t unit = 1;
        if (!text.empty()) {
            switch (text[0] | 0x20) {
            case 's':
                break;
            case 'm':
                unit = 60;
                break;
            case 'h':
                unit = 3600;
                break;
            case 'd':
                unit = 86400;
                break;
            case 'w':
                unit = 604800;
                break;
            default:
                return std::nullopt;
            }
            text.remove_prefix(1);
        }
        total += *count * unit;
        if (total > Most) {
            return std::nullopt;
        }
    }
    return static_cast<uint32_t>(total);
}

} // namespace agent
