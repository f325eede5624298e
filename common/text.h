// Cutting text up and reading values out of it. Views point into the caller's string.
#pragma once

#include <charconv>
#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace text {

/// Pieces between newlines; empty ones are left out.
std::vector<std::string_view> lines(std::string_view all);
/// Every line, empty ones too, so that index + 1 is its number. A last newline ends no extra line.
std::vector<std::string_view> allLines(std::string_view all);
/// Pieces between blanks and tabs.
std::vector<std::string_view> words(std::string_view line);
/// Pieces between `at`, empty ones too: "a::b" is "a", "", "b".
std::vector<std::string_view> fields(std::string_view line, char at);
/// Without blanks, tabs, CR and LF at both ends.
std::string_view trim(std::string_view all);
std::string lower(std::string_view all);
bool equalsIgnoringCase(std::string_view a, std::string_view b);

/// The whole text as a number, nothing before and nothing behind it.
template <std::integral T> std::optional<T> number(std::string_view all, int base = 10)
{
    T value {};
    const auto [end, error] = std::from_chars(all.data(), all.data() + all.size(), value, base);
    if (error != std::errc() || end != all.data() + all.size()) {
        return std::nullopt;
    }
    return value;
}

/// `bytes` as a string that YANG and XML can carry: what is not valid UTF-8 or not allowed in XML
/// becomes \xNN, and so does a backslash before an x, so that different bytes stay different.
std::string carried(std::string_view bytes);

/// A message that YANG, XML and a log can carry. Pieces of it were carried already, so a backslash
/// stays as it is; the rest is as with carried().
std::string legible(std::string_view message);

/// `bytes` for an error message: carried, cut to `most` bytes with "..." behind.
std::string quoted(std::string_view bytes, size_t most = 120);

std::string hex(std::string_view bytes);
std::string base64(std::string_view bytes);
/// Nothing if it is not base64 (RFC 4648, padded).
std::optional<std::string> fromBase64(std::string_view text);

} // namespace text
