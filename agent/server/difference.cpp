#include "agent/server/difference.h"
#include "common/yang_internal.h"

namespace agent {

namespace {

/// Removes defaults; gives the first of the siblings that are left.
lyd_node* withoutDefaults(lyd_node* first)
{
    for (lyd_node* node = first; node;) {
        lyd_node* const next = node->next;
        if (node->flags & LYD_DEFAULT) {
            first = node == first ? next : first;
            lyd_free_tree(node);
        } else {
            withoutDefaults(lyd_child_no_keys(node));
        }
        node = next;
    }
    return first;
}

} // namespace

std::vector<Changed> turnInto(
    yang::Tree& target, const lyd_node* wanted, const Edit::Permit& permit)
{
    lyd_node* copy = nullptr;
    if (wanted) {
        yang::check(
            lyd_dup_siblings(wanted, nullptr, LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS, &copy),
            LYD_CTX(wanted), "configuration");
    }
    const yang::Tree explicitly(withoutDefaults(copy));
    Edit edit(target, permit);
    edit.apply(explicitly.raw(), EditOperation::Replace, false);
    return edit.changes();
}

} // namespace agent
