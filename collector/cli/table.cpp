#include "collector/cli/table.h"
#include "common/text.h"

#include <algorithm>
#include <ostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace collector {

namespace {

constexpr size_t Gap = 2;
constexpr size_t Narrowest = 12; // of a column that yields

/// Characters, not bytes: what starts no UTF-8 continuation.
size_t length(std::string_view text)
{
    return static_cast<size_t>(std::ranges::count_if(
        text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string cell(std::string_view raw)
{
    std::string out = text::carried(raw);
    std::ranges::replace_if(
        out, [](char c) { return c == '\n' || c == '\t'; }, ' ');
    return out;
}

std::string fitted(const std::string& text, size_t width, bool last)
{
    const size_t have = length(text);
    if (have <= width) {
        return last ? text : text + std::string(width - have, ' ');
    }
    size_t bytes = 0;
    for (size_t seen = 0; bytes < text.size(); ++bytes) {
        const bool starts = (static_cast<unsigned char>(text[bytes]) & 0xc0) != 0x80;
        if (starts && ++seen == width) {
            break;
        }
    }
    return text.substr(0, bytes) + "\xe2\x80\xa6";
}

/// Takes what is too much away from the columns that yield, the widest first.
void shrink(std::vector<size_t>& widths, const std::vector<Column>& columns, size_t terminal)
{
    size_t total = Gap * (widths.size() - 1);
    for (const size_t width : widths) {
        total += width;
    }
    while (total > terminal) {
        size_t widest = widths.size();
        for (size_t i = 0; i < widths.size(); ++i) {
            if (columns[i].yields && widths[i] > Narrowest
                && (widest == widths.size() || widths[i] > widths[widest])) {
                widest = i;
            }
        }
        if (widest == widths.size()) {
            return;
        }
        --widths[widest];
        --total;
    }
}

} // namespace

size_t terminalWidth()
{
    winsize size {};
    if (::isatty(STDOUT_FILENO) != 1 || ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) {
        return 0;
    }
    return size.ws_col;
}

void printTable(std::ostream& out, const std::vector<Column>& columns,
    const std::vector<std::vector<std::string>>& rows)
{
    std::vector<std::vector<std::string>> cells(1);
    for (const Column& column : columns) {
        cells[0].push_back(column.title);
    }
    for (const auto& row : rows) {
        std::vector<std::string>& line = cells.emplace_back();
        for (const std::string& each : row) {
            line.push_back(cell(each));
        }
    }
    std::vector<size_t> widths(columns.size());
    for (const auto& line : cells) {
        for (size_t i = 0; i < line.size(); ++i) {
            widths[i] = std::max(widths[i], length(line[i]));
        }
    }
    if (const size_t terminal = terminalWidth()) {
        shrink(widths, columns, terminal);
    }
    for (const auto& line : cells) {
        for (size_t i = 0; i < line.size(); ++i) {
            const bool last = i + 1 == line.size();
            out << fitted(line[i], widths[i], last) << (last ? "" : std::string(Gap, ' '));
        }
        out << "\n";
    }
}

} // namespace collector
