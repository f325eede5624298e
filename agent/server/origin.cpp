#include "agent/server/origin.h"
#include "common/yang_internal.h"

#include <algorithm>

namespace agent {

namespace {

constexpr const char* Intended = "ietf-origin:intended";
constexpr const char* Default = "ietf-origin:default";

const char* originOf(const lyd_node* node)
{
    const bool leaf = (node->schema->nodetype & LYD_NODE_TERM) != 0;
    return leaf && (node->flags & LYD_DEFAULT) != 0 ? Default : Intended;
}

bool isPlainContainer(const lyd_node* node)
{
    return node->schema->nodetype == LYS_CONTAINER && (node->schema->flags & LYS_PRESENCE) == 0;
}

struct Work {
    const Origins& origins;
    const lys_module* module;

    bool matches(const lyd_node* node) const
    {
        const bool named
            = std::ranges::find(origins.filter, originOf(node)) != origins.filter.end();
        return named != origins.negated;
    }

    void annotate(lyd_node* node, const char* origin) const
    {
        yang::check(lyd_new_meta(LYD_CTX(node), node, module, "origin", origin, 0, nullptr),
            LYD_CTX(node), "origin");
    }

    /// Whether anything is left of it.
    bool keeps(lyd_node* node) const
    {
        if (!(node->schema->flags & LYS_CONFIG_W) || lysc_is_key(node->schema)) {
            return true;
        }
        bool below = false;
        for (lyd_node* child = lyd_child_no_keys(node); child;) {
            lyd_node* const next = child->next;
            if (keeps(child)) {
                below = true;
            } else {
                lyd_free_tree(child);
            }
            child = next;
        }
        return below || (!isPlainContainer(node) && matches(node));
    }

    void annotateBelow(lyd_node* node) const
    {
        for (lyd_node* child = lyd_child_no_keys(node); child; child = child->next) {
            if (!(child->schema->flags & LYS_CONFIG_W)) {
                continue;
            }
            if (originOf(child) == Default) {
                annotate(child, Default);
            }
            annotateBelow(child);
        }
    }
};

} // namespace

const char* const OriginIntended
    = " xmlns:or=\"urn:ietf:params:xml:ns:yang:ietf-origin\" or:origin=\"or:intended\"";

void applyOrigins(yang::Tree& tree, const Origins& origins)
{
    if (!tree) {
        return;
    }
    lyd_node* first = tree.release();
    const Work work { origins, ly_ctx_get_module_implemented(LYD_CTX(first), "ietf-origin") };
    for (lyd_node* node = first; node;) {
        lyd_node* const next = node->next;
        if (origins.filtered && !work.keeps(node)) {
            first = node == first ? next : first;
            lyd_free_tree(node);
        } else if (origins.annotated && (node->schema->flags & LYS_CONFIG_W)) {
            work.annotate(node, originOf(node));
            work.annotateBelow(node);
        }
        node = next;
    }
    tree = yang::Tree(first);
}

} // namespace agent
