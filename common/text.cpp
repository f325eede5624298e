#include "common/text.h"

#include <algorithm>
#include <cstdint>

namespace text {

namespace {

std::vector<std::string_view> cut(std::string_view all, std::string_view at)
{
    std::vector<std::string_view> parts;
    while (!all.empty()) {
        const size_t end = all.find_first_of(at);
        if (end != 0) {
            parts.push_back(all.substr(0, end));
        }
        if (end == all.npos) {
            break;
        }
        all.remove_prefix(end + 1);
    }
    return parts;
}

constexpr char Digits[] = "0123456789abcdef";
constexpr std::string_view Base64
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

char lowered(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Length of the character at the start if XML 1.0 may carry it, else 0 (RFC 3629; XML 1.0, 2.2).
size_t character(std::string_view at)
{
    const auto byte = [&](size_t i) { return static_cast<uint8_t>(at[i]); };
    if (byte(0) < 0x80) {
        return byte(0) >= 0x20 || byte(0) == '\t' || byte(0) == '\n' ? 1 : 0;
    }
    const size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
    if (byte(0) < 0xc2 || byte(0) > 0xf4 || at.size() < length) {
        return 0;
    }
    uint32_t code = byte(0) & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (byte(i) & 0x3f);
    }
    constexpr uint32_t Least[] = { 0, 0, 0x80, 0x800, 0x10000 };
    const bool surrogate = code >= 0xd800 && code <= 0xdfff;
    const bool noncharacter = (code & 0xfffe) == 0xfffe || (code >= 0xfdd0 && code <= 0xfdef);
    return code < Least[length] || code > 0x10ffff || surrogate || noncharacter ? 0 : length;
}

std::string escaped(std::string_view bytes, bool andBackslashes)
{
    std::string out;
    while (!bytes.empty()) {
        const bool ambiguous = andBackslashes && bytes.starts_with("\\x");
        const size_t length = ambiguous ? 0 : character(bytes);
        if (length == 0) {
            out += "\\x" + hex(bytes.substr(0, 1));
        } else {
            out += bytes.substr(0, length);
        }
        bytes.remove_prefix(std::max<size_t>(length, 1));
    }
    return out;
}

} // namespace

std::vector<std::string_view> lines(std::string_view all)
{
    return cut(all, "\n");
}

std::vector<std::string_view> allLines(std::string_view all)
{
    if (all.ends_with('\n')) {
        all.remove_suffix(1);
    } else if (all.empty()) {
        return {};
    }
    return fields(all, '\n');
}

std::vector<std::string_view> words(std::string_view line)
{
    return cut(line, " \t");
}

std::vector<std::string_view> fields(std::string_view line, char at)
{
    std::vector<std::string_view> parts;
    for (;;) {
        const size_t end = line.find(at);
        parts.push_back(line.substr(0, end));
        if (end == line.npos) {
            return parts;
        }
        line.remove_prefix(end + 1);
    }
}

std::string_view trim(std::string_view all)
{
    constexpr std::string_view Blank = " \t\r\n";
    const size_t first = all.find_first_not_of(Blank);
    if (first == all.npos) {
        return {};
    }
    return all.substr(first, all.find_last_not_of(Blank) - first + 1);
}

std::string lower(std::string_view all)
{
    std::string out(all);
    std::ranges::transform(out, out.begin(), lowered);
    return out;
}

bool equalsIgnoringCase(std::string_view a, std::string_view b)
{
    return std::ranges::equal(a, b, {}, lowered, lowered);
}

std::string carried(std::string_view bytes)
{
    return escaped(bytes, true);
}

std::string legible(std::string_view message)
{
    return escaped(message, false);
}

std::string quoted(std::string_view bytes, size_t most)
{
    std::string out = "\"" + carried(bytes.substr(0, most)) + "\"";
    return bytes.size() > most ? out + "..." : out;
}

std::string hex(std::string_view bytes)
{
    std::string out;
    out.reserve(bytes.size() * 2);
    for (const char c : bytes) {
        out += Digits[static_cast<uint8_t>(c) >> 4];
        out += Digits[c & 15];
    }
    return out;
}

std::string base64(std::string_view bytes)
{
    std::string out;
    for (size_t i = 0; i < bytes.size(); i += 3) {
        uint32_t group = 0;
        for (size_t k = 0; k < 3; ++k) {
            group = group << 8 | (i + k < bytes.size() ? static_cast<uint8_t>(bytes[i + k]) : 0u);
        }
        for (size_t k = 0; k < 4; ++k) {
            out += i + k > bytes.size() ? '=' : Base64[group >> (18 - 6 * k) & 63];
        }
    }
    return out;
}

std::optional<std::string> fromBase64(std::string_view text)
{
    if (text.size() % 4 != 0) {
        return std::nullopt;
    }
    size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    std::string out;
    uint32_t group = 0;
    for (size_t i = 0; i < text.size(); ++i) {
        const size_t value = i + padding >= text.size() ? 0 : Base64.find(text[i]);
        if (value == Base64.npos) {
            return std::nullopt;
        }
        group = group << 6 | static_cast<uint32_t>(value);
        if (i % 4 == 3) {
            for (const int shift : { 16, 8, 0 }) {
                out += static_cast<char>(group >> shift & 0xff);
            }
        }
    }
    out.resize(out.size() - padding);
    return out;
}

} // namespace text
