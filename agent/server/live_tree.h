// The tree of /fs:femto-security with status and inventory, kept up to date piece by piece.
#pragma once

#include "agent/server/category_summary.h"
#include "common/yang.h"

namespace agent {

class LiveTree {
public:
    explicit LiveTree(const yang::Context& context);

    const yang::Tree& tree() const { return tree_; }
    /// Content of a category; nothing if it is withdrawn.
    std::optional<yang::Node> content(const std::string& category) const;
    /// Puts a content in the place of the former, which is returned. `next` is a tree with that
    /// content in it, or empty to withdraw it.
    yang::Tree exchange(const std::string& category, yang::Tree next);
    void setRow(const CategorySummary& summary);
    /// A leaf of the status; withdrawn if there is no value.
    void setLeaf(const char* name, const std::optional<std::string>& value);

private:
    yang::Node status() const;
    yang::Node inventory() const;

    yang::Tree tree_;
};

/// Unlinks a node from its tree.
yang::Tree detach(yang::Node node);

/// Categories that have a container of their own in the inventory.
std::vector<std::string> standardCategories(const yang::Context& context);

} // namespace agent
