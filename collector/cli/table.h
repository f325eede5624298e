// Tables for a terminal: aligned, cut to its width, with control characters escaped.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

namespace collector {

struct Column {
    std::string title;
    /// Gives way when the terminal is too narrow; others keep their width.
    bool yields = false;
};

/// Writes the columns' titles and the rows. On a terminal lines are cut to its width with "…"; in
/// a pipe they are whole.
void printTable(std::ostream& out, const std::vector<Column>& columns,
    const std::vector<std::vector<std::string>>& rows);

/// Columns of the terminal on standard output; 0 if it is none.
size_t terminalWidth();

} // namespace collector
