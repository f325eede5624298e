// What is made of the content of a category once it has been read: the limit of entries, and the
// row in /fs:femto-security/status.
#pragma once

#include "agent/prober/probe.h"

namespace agent {

/// Entries of a category: those of its lists, not of lists inside them. Cuts what is over the
/// limit, and says so in `failures`.
size_t countAndCut(yang::Node content, size_t most, std::vector<Reading::Failure>& failures);

/// What a row says of content that there is.
struct Row {
    std::string digest;
    size_t count = 0;
    std::string confidence; // the weakest of its entries, or ""
};
/// `home` is the place of the content in the tree, `counted` the node that holds its lists.
Row describe(const yang::Tree& tree, const std::string& home, yang::Node counted, size_t count);

/// Writes the row of `category`, an identity with its module: 'collected' or 'partial' with
/// content, 'not-collected' without.
void writeRow(yang::Tree& tree, const yang::Context& context, const std::string& category,
    const std::optional<Row>& row, const std::vector<Reading::Failure>& failures);

} // namespace agent
