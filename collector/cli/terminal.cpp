#include "collector/cli/terminal.h"

#include "common/text.h"

#include <algorithm>
#include <cstdlib>
#include <numeric>
#include <sys/ioctl.h>
#include <unistd.h>

namespace cli {

namespace {

constexpr size_t Gap = 2; // between columns
constexpr size_t Narrowest = 10; // no column is made narrower to fit
constexpr size_t LongestLine = 1000;

bool continues(char c)
{
    return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

/// Characters of a UTF-8 text; each is taken for one column.
size_t length(std::string_view text)
{
    return static_cast<size_t>(std::ranges::count_if(text, [](char c) { return !continues(c); }));
}

/// Bytes of the first `count` characters.
size_t bytesOf(std::string_view text, size_t count)
{
    size_t at = 0;
    while (at < text.size() && count > 0) {
        ++at;
        while (at < text.size() && continues(text[at])) {
            ++at;
        }
        --count;
    }
    return at;
}

/// Lines of at most `width` characters, broken at blanks where there is one.
std::vector<std::string> wrapped(std::string_view text, size_t width)
{
    std::vector<std::string> out;
    while (length(text) > width) {
        const size_t most = bytesOf(text, width);
        size_t at = text.rfind(' ', most);
        if (at == std::string_view::npos || at < most / 2) {
            at = most;
        }
        out.emplace_back(text.substr(0, at));
        text.remove_prefix(at);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
    out.emplace_back(text);
    return out;
}

} // namespace

std::string printable(std::string_view text)
{
    std::string out;
    for (const char c : text::legible(text)) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7f ? "\\x" + text::hex(std::string_view(&c, 1))
                                           : std::string(1, c);
    }
    // C1 controls are two bytes in UTF-8, of which the first is 0xc2
    for (size_t at = 0; (at = out.find('\xc2', at)) != std::string::npos; ++at) {
        if (at + 1 < out.size() && static_cast<unsigned char>(out[at + 1]) < 0xa0) {
            const std::string hex = text::hex(out.substr(at + 1, 1));
            out.replace(at, 2, "\\x" + hex);
        }
    }
    return out;
}

std::string oneLine(std::string_view text)
{
    std::string out = printable(text);
    if (out.size() > LongestLine) {
        out.resize(
            bytesOf(out, bytesOf(out, LongestLine) > LongestLine ? LongestLine / 4 : LongestLine));
        out += "...";
    }
    return out;
}

size_t terminalWidth()
{
    if (const char* columns = getenv("COLUMNS")) {
        if (const auto said = text::number<size_t>(columns); said && *said > 0) {
            return *said;
        }
    }
    winsize size {};
    if (isatty(STDOUT_FILENO) == 1 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) {
        return size.ws_col;
    }
    return 0;
}

std::string emphasised(std::string_view severity, const std::string& text)
{
    static const bool colours = isatty(STDOUT_FILENO) == 1 && !getenv("NO_COLOR");
    const char* code = severity == "critical" ? "\033[1;31m"
        : severity == "major"                 ? "\033[31m"
        : severity == "minor"                 ? "\033[33m"
                                              : nullptr;
    return colours && code ? code + text + "\033[0m" : text;
}

std::vector<size_t> Table::widths(size_t width) const
{
    std::vector<size_t> out;
    for (const std::string& head : heads_) {
        out.push_back(length(head));
    }
    for (const std::vector<std::string>& row : rows_) {
        for (size_t i = 0; i < row.size() && i < out.size(); ++i) {
            out[i] = std::max(out[i], length(printable(row[i])));
        }
    }
    const auto total = [&] {
        return std::accumulate(out.begin(), out.end(), size_t { 0 }) + Gap * (out.size() - 1);
    };
    while (width > 0 && total() > width) {
        const auto widest = std::ranges::max_element(out);
        if (*widest <= Narrowest) {
            break;
        }
        *widest -= std::min(total() - width, std::max<size_t>(1, (*widest - Narrowest) / 8));
    }
    return out;
}

std::string Table::text(size_t width, size_t severity) const
{
    const std::vector<size_t> columns = widths(width);
    std::string out;
    const auto line = [&](const std::vector<std::string>& row) {
        std::vector<std::vector<std::string>> cells;
        size_t height = 1;
        for (size_t i = 0; i < columns.size(); ++i) {
            cells.push_back(wrapped(i < row.size() ? printable(row[i]) : "", columns[i]));
            height = std::max(height, cells.back().size());
        }
        for (size_t y = 0; y < height; ++y) {
            std::string text;
            size_t blanks = 0; // before the next cell that is not empty: none at the end of a line
            for (size_t i = 0; i < columns.size(); ++i) {
                const std::string cell = y < cells[i].size() ? cells[i][y] : "";
                if (!cell.empty()) {
                    text += std::string(blanks, ' ')
                        + (i == severity ? emphasised(cell, cell) : cell);
                    blanks = 0;
                }
                blanks += columns[i] - length(cell) + Gap;
            }
            out += text + '\n';
        }
    };
    line(heads_);
    for (const std::vector<std::string>& row : rows_) {
        line(row);
    }
    return out;
}

} // namespace cli
