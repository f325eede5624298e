// Conditions on the leaves of an entry, in three-valued logic.
#include "collector/worker/checks/check.h"
#include "common/text.h"

#include <algorithm>

namespace collector {

namespace {

std::vector<std::string> valuesOf(yang::Node entry, std::string_view leaf)
{
    std::vector<std::string> out;
    for (const yang::Node& one : entry.children(leaf)) {
        out.push_back(one.local());
    }
    return out;
}

bool contains(const std::vector<std::string>& among, std::string_view value)
{
    return std::ranges::find(among, value) != among.end();
}

/// Nothing if the value is no number.
std::optional<bool> inRange(const Condition& condition, const std::string& value)
{
    const auto number = text::number<int64_t>(value);
    if (!number) {
        return std::nullopt;
    }
    return (!condition.min || *number >= *condition.min)
        && (!condition.max || *number <= *condition.max);
}

/// One of: values, patterns, range. Yes if none of them is asked for.
Truth oneIsEnough(const Condition& condition, const std::vector<std::string>& values)
{
    const bool ranged = condition.min || condition.max;
    if (!ranged && condition.oneOf.empty() && condition.matches.empty()) {
        return Truth::Yes;
    }
    bool noNumber = false;
    for (const std::string& value : values) {
        if (contains(condition.oneOf, value)
            || std::ranges::any_of(condition.matches,
                [&](const std::string& pattern) { return globMatches(pattern, value); })) {
            return Truth::Yes;
        }
        if (ranged) {
            const auto in = inRange(condition, value);
            if (in == true) {
                return Truth::Yes;
            }
            noNumber = noNumber || !in;
        }
    }
    return noNumber ? Truth::Unknown : Truth::No;
}

Truth turned(Truth truth)
{
    return truth == Truth::Yes ? Truth::No : truth == Truth::No ? Truth::Yes : truth;
}

} // namespace

Truth both(Truth a, Truth b)
{
    return std::min(a, b); // No < Unknown < Yes
}

Truth holds(const Condition& condition, yang::Node entry)
{
    const std::vector<std::string> values = valuesOf(entry, condition.leaf);
    if (condition.present) {
        const Truth there = *condition.present == !values.empty() ? Truth::Yes : Truth::No;
        return condition.negate ? turned(there) : there;
    }
    if (values.empty()) {
        return condition.missing;
    }
    if (std::ranges::any_of(values,
            [&](const std::string& value) { return contains(condition.undecided, value); })) {
        return Truth::Unknown;
    }
    Truth out = oneIsEnough(condition, values);
    for (const std::string& value : values) {
        if (contains(condition.noneOf, value)
            || (!condition.only.empty() && !contains(condition.only, value))) {
            out = Truth::No;
        }
    }
    return condition.negate ? turned(out) : out;
}

Truth allHold(const Conditions& conditions, yang::Node entry)
{
    Truth out = Truth::Yes;
    for (const Condition& one : conditions) {
        out = both(out, holds(one, entry));
        if (out == Truth::No) {
            break;
        }
    }
    return out;
}

std::string expectation(const Condition& condition)
{
    std::vector<std::string> ways;
    if (condition.min && condition.max) {
        ways.push_back(std::to_string(*condition.min) + " to " + std::to_string(*condition.max));
    } else if (condition.min) {
        ways.push_back("at least " + std::to_string(*condition.min));
    } else if (condition.max) {
        ways.push_back("at most " + std::to_string(*condition.max));
    }
    ways.insert(ways.end(), condition.oneOf.begin(), condition.oneOf.end());
    for (const std::string& pattern : condition.matches) {
        ways.push_back("like " + pattern);
    }
    std::vector<std::string> all;
    if (!ways.empty()) {
        all.push_back(joined(ways, " or "));
    }
    if (!condition.only.empty()) {
        all.push_back("only " + joined(condition.only));
    }
    if (!condition.noneOf.empty()) {
        all.push_back("not " + joined(condition.noneOf, " or "));
    }
    if (condition.present) {
        all.push_back(*condition.present ? "present" : "none");
    }
    return (condition.negate ? "not: " : "") + joined(all, ", ");
}

std::string observation(std::string_view leaf, yang::Node entry)
{
    const std::vector<std::string> values = valuesOf(entry, leaf);
    return std::string(leaf) + (values.empty() ? " is not known" : " " + joined(values));
}

std::string joined(const std::vector<std::string>& words, std::string_view between)
{
    std::string out;
    for (const std::string& word : words) {
        out += (out.empty() ? "" : std::string(between)) + word;
    }
    return out;
}

bool globMatches(std::string_view pattern, std::string_view text)
{
    size_t p = 0;
    size_t t = 0;
    size_t star = std::string_view::npos; // the last '*', and how much of the text it takes
    size_t taken = 0;
    while (t < text.size()) {
        if (p < pattern.size() && pattern[p] == '*') {
            star = p++;
            taken = t;
        } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
            ++p;
            ++t;
        } else if (star != std::string_view::npos) {
            p = star + 1;
            t = ++taken;
        } else {
            return false;
        }
    }
    while (p < pattern.size() && pattern[p] == '*') {
        ++p;
    }
    return p == pattern.size();
}

} // namespace collector
