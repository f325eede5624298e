#include "agent/server/live_tree.h"

#include <libyang/libyang.h>

namespace agent {

LiveTree::LiveTree(const yang::Context& context, std::function<void()> changed)
    : changed_(std::move(changed))
{
    tree_.at(context, "/femto-security:femto-security/status");
}

yang::Node LiveTree::status() const
{
    return *tree_.root().child("status");
}

std::shared_ptr<const Content> LiveTree::content(const std::string& category) const
{
    const auto found = contents_.find(category);
    return found == contents_.end() ? nullptr : found->second;
}

std::shared_ptr<const Content> LiveTree::exchange(
    const std::string& category, std::shared_ptr<const Content> next)
{
    std::shared_ptr<const Content> former = content(category);
    if (former != next) {
        changed_();
    }
    if (next) {
        contents_[category] = std::move(next);
    } else {
        contents_.erase(category);
    }
    return former;
}

void LiveTree::setRow(const CategorySummary& summary)
{
    changed_();
    const auto row = status().instance("category", { summary.type });
    if (!row) {
        summary.write(status());
        return;
    }
    // The entry stays, or each <get> would show them in another order.
    for (const yang::Node& child : row->children()) {
        if (!lysc_is_key(child.raw()->schema)) {
            child.remove();
        }
    }
    summary.fill(*row);
}

void LiveTree::setLeaf(const char* name, const std::optional<std::string>& value)
{
    const auto former = status().child(name);
    if (!value) {
        if (former) {
            former->remove();
        }
        return;
    }
    if (!former) {
        status().leaf(name, *value);
    } else if (const LY_ERR rc = lyd_change_term(former->raw(), value->c_str());
               rc != LY_SUCCESS && rc != LY_EEXIST && rc != LY_ENOT) { // those: it is the same
        throw yang::Error(std::string("status/") + name + " cannot be " + *value);
    }
}

std::vector<std::string> standardCategories(const yang::Context& context)
{
    const lysc_node* inventory
        = lys_find_path(context.raw(), nullptr, "/femto-security:femto-security/inventory", 0);
    std::vector<std::string> out;
    for (const lysc_node* child = inventory ? lysc_node_child(inventory) : nullptr; child;
         child = child->next) {
        if (child->nodetype == LYS_CONTAINER) {
            out.push_back("femto-security-types:" + std::string(child->name));
        }
    }
    return out;
}

} // namespace agent
