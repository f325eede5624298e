// What /fs:femto-security shows: the status as a tree, kept up to date piece by piece, and the
// content of each category.
#pragma once

#include "agent/server/category_summary.h"
#include "agent/server/content.h"
#include "common/yang.h"

#include <functional>
#include <map>
#include <memory>

namespace agent {

using Contents = std::map<std::string, std::shared_ptr<const Content>>;

class LiveTree {
public:
    /// `changed` is called when a content or a row is another.
    LiveTree(const yang::Context& context, std::function<void()> changed);

    /// Without the inventory.
    const yang::Tree& tree() const { return tree_; }
    /// By category. None is null.
    const Contents& contents() const { return contents_; }
    /// Content of a category; null if it is withdrawn.
    std::shared_ptr<const Content> content(const std::string& category) const;
    /// Puts a content, or null, in the place of the former, which is returned.
    std::shared_ptr<const Content> exchange(
        const std::string& category, std::shared_ptr<const Content> next);
    void setRow(const CategorySummary& summary);
    /// A leaf of the status; withdrawn if there is no value.
    void setLeaf(const char* name, const std::optional<std::string>& value);

    /// A cursor, for what is there from the start.
    yang::Node status() const;

private:
    yang::Tree tree_;
    Contents contents_;
    std::function<void()> changed_;
};

/// Categories that have a container of their own in the inventory.
std::vector<std::string> standardCategories(const yang::Context& context);

} // namespace agent
