#include "agent/prober/sudoers_scanner.h"

#include "common/text.h"

#include <algorithm>
#include <cstdint>

namespace agent {

namespace {

constexpr std::string_view NotInWord = "#>!=:,() \t\r\n\\\"";
constexpr std::string_view NotInPath = ",:=\\ \t\r\n#";
constexpr std::string_view EscapedInPath = ",:= \t#";

bool isBlank(char c)
{
    return c == ' ' || c == '\t';
}

bool isDigit(char c)
{
    return c >= '0' && c <= '9';
}

bool has(std::string_view set, char c)
{
    return set.find(c) != set.npos;
}

size_t wordLength(std::string_view at)
{
    if (at.starts_with('#')) { // ID
        size_t length = at.size() > 1 && at[1] == '-' ? 2 : 1;
        const size_t first = length;
        while (length < at.size() && isDigit(at[length])) {
            ++length;
        }
        return length > first ? length : 0;
    }
    size_t length = 0;
    while (length < at.size()) {
        if (at[length] == '\\') {
            if (length + 1 >= at.size() || at[length + 1] == '\t' || at[length + 1] == '\n'
                || at[length + 1] == '\r') {
                break;
            }
            length += 2;
        } else if (has(NotInWord, at[length])) {
            break;
        } else {
            ++length;
        }
    }
    return length;
}

size_t pathLength(std::string_view at)
{
    size_t length = 1;
    while (length < at.size()) {
        if (at[length] == '\\') {
            if (length + 1 >= at.size() || !has(EscapedInPath, at[length + 1])) {
                break;
            }
            length += 2;
        } else if (has(NotInPath, at[length])) {
            break;
        } else {
            ++length;
        }
    }
    return length;
}

} // namespace

std::string withoutSudoEscapes(std::string_view text)
{
    std::string out;
    for (size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\' || i + 1 == text.size()) {
            out += text[i];
            continue;
        }
        const auto byte = text[i + 1] == 'x' && i + 3 < text.size()
            ? text::number<uint8_t>(text.substr(i + 2, 2), 16)
            : std::nullopt;
        if (byte) {
            out += static_cast<char>(*byte);
            i += 3;
        } else {
            out += text[++i];
        }
    }
    return out;
}

bool SudoScanner::continuation(size_t at, size_t& length) const
{
    if (peek(at) != '\\') {
        return false;
    }
    size_t end = at + 1;
    while (isBlank(peek(end))) {
        ++end;
    }
    end += peek(end) == '\r' && peek(end + 1) == '\n' ? 1 : 0;
    length = end + 1 - at;
    return peek(end) == '\n';
}

void SudoScanner::skipBlanks()
{
    for (size_t length = 0;;) {
        if (isBlank(peek())) {
            advance(1);
        } else if (continuation(0, length)) {
            advance(length);
            ++line_;
        } else {
            return;
        }
    }
}

bool SudoScanner::atComment() const
{
    return peek() == '#' && !isDigit(peek(peek(1) == '-' ? 2 : 1));
}

bool SudoScanner::atLineEnd()
{
    skipBlanks();
    return atComment() || atEnd() || peek() == '\n' || (peek() == '\r' && peek(1) == '\n');
}

void SudoScanner::skipLine()
{
    // Inside a comment a backslash continues nothing, nor behind another backslash.
    bool comment = false;
    while (!atEnd() && peek() != '\n') {
        size_t length = 0;
        comment = comment || atComment();
        if (!comment && continuation(0, length)) {
            advance(length);
            ++line_;
        } else {
            advance(!comment && peek() == '\\' && rest_.size() > 1 ? 2 : 1);
        }
    }
    if (!atEnd()) {
        advance(1);
        ++line_;
    }
}

bool SudoScanner::take(char expected)
{
    skipBlanks();
    if (peek() != expected) {
        return false;
    }
    advance(1);
    return true;
}

bool SudoScanner::takeNegation()
{
    bool negated = false;
    while (take('!')) {
        negated = !negated;
    }
    skipBlanks();
    return negated;
}

std::string_view SudoScanner::peekWord() const
{
    return rest_.substr(0, wordLength(rest_));
}

std::string SudoScanner::word()
{
    const std::string_view raw = peekWord();
    advance(raw.size());
    return withoutSudoEscapes(raw);
}

std::string SudoScanner::quoted()
{
    std::string out;
    advance(1);
    for (;;) {
        size_t length = 0;
        if (atEnd() || peek() == '\n' || (peek() == '\r' && peek(1) == '\n')) {
            throw SudoSyntaxError("unexpected line break in string");
        }
        if (peek() == '"') {
            advance(1);
            break;
        }
        if (peek() == '\\' && peek(1) == '"') {
            out += '"';
            advance(2);
        } else if (continuation(0, length)) {
            advance(length);
            ++line_;
            while (isBlank(peek())) {
                advance(1);
            }
        } else {
            out += peek();
            advance(1);
        }
    }
    if (out.empty()) {
        throw SudoSyntaxError("empty string");
    }
    return out;
}

std::optional<std::string> SudoScanner::path()
{
    if (peek() != '/') {
        return std::nullopt;
    }
    const size_t length = pathLength(rest_);
    if (length < 2 || wordLength(rest_) > length) {
        return std::nullopt; // the scanner takes the longest
    }
    const std::string_view raw = rest_.substr(0, length);
    advance(length);
    std::string out;
    for (size_t i = 0; i < raw.size(); ++i) {
        out += raw[i] == '\\' ? raw[++i] : raw[i]; // pathLength saw to what follows
    }
    return out;
}

std::optional<std::string> SudoScanner::regularExpression()
{
    if (peek() != '^') {
        return std::nullopt;
    }
    for (size_t i = 1; i < rest_.size() && !has("#\r\n", rest_[i]); ++i) {
        if (rest_[i] == '\\' && i + 1 < rest_.size() && has("#$", rest_[i + 1])) {
            ++i;
        } else if (rest_[i] == '$') {
            std::string out(rest_.substr(0, i + 1));
            advance(i + 1);
            return out;
        }
    }
    return std::nullopt;
}

std::optional<std::string> SudoScanner::arguments()
{
    constexpr std::string_view NotInArgument = "#\\:, \t\r\n";
    std::optional<std::string> out;
    for (;;) {
        const size_t before = rest_.size();
        skipBlanks();
        const bool space = rest_.size() != before;
        const auto add = [&](std::string_view piece) {
            if (!out) {
                out.emplace();
            } else if (space) {
                *out += ' ';
            }
            *out += piece;
        };
        if (peek() == '\\' && has("*?[]!^", peek(1)) && peek(1) != '\0') {
            add(rest_.substr(0, 2));
            advance(2);
        } else if (peek() == '\\' && has(":\\,= \t#", peek(1)) && peek(1) != '\0') {
            add(rest_.substr(1, 1));
            advance(2);
        } else if (peek() == '\\') {
            throw SudoSyntaxError("a backslash before " + text::quoted(rest_.substr(1, 1)));
        } else if (!out && peek() == '^') {
            auto regular = regularExpression();
            if (!regular) {
                throw SudoSyntaxError("unterminated regular expression");
            }
            return regular;
        } else {
            const size_t end = std::min(rest_.find_first_of(NotInArgument), rest_.size());
            if (end == 0 || (end == 1 && peek() == '=')) {
                break;
            }
            add(rest_.substr(0, end));
            advance(end);
        }
    }
    // sudoers(5): two double quotes for arguments mean that there must be none.
    return out == "\"\"" ? "" : out;
}

std::string SudoScanner::includePath()
{
    skipBlanks();
    if (peek() == '"') {
        return quoted();
    }
    size_t end = 0;
    while (end < rest_.size() && !has(" \t\r\n\v\f", rest_[end])) {
        end += rest_[end] == '\\' && isBlank(peek(end + 1)) ? 2 : 1;
    }
    end = std::min(end, rest_.size());
    if (end == 0) {
        throw SudoSyntaxError("an include without a path");
    }
    const std::string_view raw = rest_.substr(0, end);
    advance(end);
    return withoutSudoEscapes(raw);
}

std::string SudoScanner::value()
{
    skipBlanks();
    if (peek() == '"') {
        return quoted();
    }
    size_t end = 0;
    while (end < rest_.size() && !has("#=, \t\r\n\"", rest_[end])
        && !(end == 0 && rest_[end] == '!')) {
        if (rest_[end] == '\\') {
            if (has(std::string_view("\r\n\0", 3), peek(end + 1))) {
                break;
            }
            ++end;
        }
        ++end;
    }
    if (end == 0) {
        throw SudoSyntaxError("a setting without a value");
    }
    const std::string_view raw = rest_.substr(0, end);
    advance(end);
    return withoutSudoEscapes(raw);
}

} // namespace agent
