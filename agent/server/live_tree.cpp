#include "agent/server/live_tree.h"
#include "common/patch.h"

#include <libyang/libyang.h>

namespace agent {

LiveTree::LiveTree(const yang::Context& context)
{
    tree_.at(context, "/femto-security:femto-security/status");
    tree_.at(context, "/femto-security:femto-security/inventory");
}

yang::Node LiveTree::status() const
{
    return *tree_.root().child("status");
}

yang::Node LiveTree::inventory() const
{
    return *tree_.root().child("inventory");
}

std::optional<yang::Node> LiveTree::content(const std::string& category) const
{
    return patch::content(inventory(), category);
}

yang::Tree LiveTree::exchange(const std::string& category, yang::Tree next)
{
    yang::Tree former;
    if (const auto there = content(category)) {
        former = detach(*there);
    }
    const auto holder = next ? next.find("/femto-security:femto-security/inventory") : std::nullopt;
    if (const auto found = holder ? patch::content(*holder, category) : std::nullopt) {
        lyd_node* node = detach(*found).release();
        if (lyd_insert_child(inventory().raw(), node) != LY_SUCCESS) {
            lyd_free_tree(node);
            throw yang::Error("no place for the content of " + category);
        }
    }
    return former;
}

void LiveTree::setRow(const CategorySummary& summary)
{
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

yang::Tree detach(yang::Node node)
{
    lyd_unlink_tree(node.raw());
    return yang::Tree(node.raw());
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
