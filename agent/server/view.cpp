#include "agent/server/view.h"
#include "common/yang_internal.h"

#include <cassert>

namespace agent {

namespace {

lyd_node* copy(const lyd_node* node, uint32_t options)
{
    lyd_node* out = nullptr;
    yang::check(
        lyd_dup_single(node, nullptr, options | LYD_DUP_WITH_FLAGS, &out), LYD_CTX(node), "view");
    return out;
}

} // namespace

View::View(Access& access, const std::string& user, const Filter& filter,
    const std::vector<const lyd_node*>& trees)
    : View(access, user) // so that the destructor puts back what was moved if something throws
{
    // Of everything in it, whatever the filter: an expression may look at more than it names.
    if (trees.size() == 1 && mayReadAll(trees.front())) {
        first_ = const_cast<lyd_node*>(trees.front());
        mine_ = false;
        return;
    }
    for (const lyd_node* const tree : trees) {
        for (const lyd_node* node = tree; node;) {
            const lyd_node* const next = node->next;
            if (filter.mayTouch(node->schema->module->name)) {
                add(const_cast<lyd_node*>(node), nullptr); // see the header: put back
            }
            node = next;
        }
    }
}

View::~View()
{
    // In the order in which they were taken, so that siblings keep theirs.
    for (const Moved& moved : moved_) {
        lyd_unlink_tree(moved.node);
        [[maybe_unused]] const LY_ERR rc = lyd_insert_child(moved.parent, moved.node);
        assert(rc == LY_SUCCESS);
    }
    if (mine_) {
        lyd_free_all(first_);
    }
}

bool View::mayReadAll(const lyd_node* first) const
{
    for (const lyd_node* node = first; node; node = node->next) {
        if (access_.mayRead(user_, node) != Access::Reach::All) {
            return false;
        }
    }
    return true;
}

void View::insert(lyd_node* node, lyd_node* parent)
{
    const LY_ERR rc
        = parent ? lyd_insert_child(parent, node) : lyd_insert_sibling(first_, node, &first_);
    yang::check(rc, LYD_CTX(node), "view");
}

/// Whether anything of the node may be read.
bool View::add(lyd_node* node, lyd_node* parent)
{
    const Access::Reach reach = access_.mayRead(user_, node);
    if (reach == Access::Reach::None) {
        return false;
    }
    const bool inner = (node->schema->nodetype & (LYS_CONTAINER | LYS_LIST)) != 0;
    if (!inner || (reach == Access::Reach::All && node->schema->nodetype == LYS_LIST)) {
        if (!lysc_is_key(node->schema) || !parent) {
            insert(copy(node, LYD_DUP_RECURSIVE), parent);
        }
        return true;
    }
    if (reach == Access::Reach::All && parent) {
        lyd_node* const from = lyd_parent(node);
        moved_.reserve(moved_.size() + 1);
        lyd_unlink_tree(node);
        moved_.push_back({ node, from });
        insert(node, parent);
        return true;
    }
    // A container at the top, or one of which only some may be read.
    lyd_node* there = nullptr;
    if (!parent && first_) {
        lyd_find_sibling_val(first_, node->schema, nullptr, 0, &there);
    }
    lyd_node* const made = there ? there : copy(node, 0);
    const bool any = addChildren(node, made) || reach == Access::Reach::All;
    if (there) {
        return any;
    }
    if (!any) {
        lyd_free_tree(made);
        return false;
    }
    insert(made, parent);
    return true;
}

bool View::addChildren(lyd_node* node, lyd_node* copy)
{
    bool any = false;
    for (lyd_node* child = lyd_child(node); child;) {
        lyd_node* const next = child->next;
        any = add(child, copy) || any;
        child = next;
    }
    return any;
}

} // namespace agent
