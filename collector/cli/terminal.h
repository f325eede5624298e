// What goes to a terminal: tables, and foreign text made harmless.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cli {

/// Without control characters: each becomes \xNN, so that a name on a node cannot move the cursor.
/// Bytes that are no UTF-8 too.
std::string printable(std::string_view text);
/// The same, cut to a length that a person reads.
std::string oneLine(std::string_view text);

/// Columns of the terminal on stdout; 0 if it is none, for which nothing is wrapped. COLUMNS wins.
size_t terminalWidth();
/// `text` in bold or colour if stdout is a terminal and NO_COLOR is not set. Never the only sign.
std::string emphasised(std::string_view severity, const std::string& text);

class Table {
public:
    explicit Table(std::vector<std::string> heads)
        : heads_(std::move(heads))
    {
    }
    void add(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
    bool empty() const { return rows_.empty(); }
    /// Aligned, and wrapped in the cells to `width` if that is not 0. A cell of the column
    /// `severity` that names one is emphasised.
    std::string text(size_t width, size_t severity = SIZE_MAX) const;

private:
    std::vector<size_t> widths(size_t width) const;

    std::vector<std::string> heads_;
    std::vector<std::vector<std::string>> rows_;
};

} // namespace cli
