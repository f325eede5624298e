// Finding, comparing and copying of subtrees.
#include "common/yang.h"
#include "common/yang_internal.h"

namespace yang {

namespace {

const lysc_node* like(const lysc_node* parent, const lysc_node* wanted)
{
    const lysc_node* found = lys_find_child(parent, parent->module, wanted->name, 0, 0, 0);
    if (!found || found->nodetype != wanted->nodetype) {
        throw Error(std::string("no ") + wanted->name + " in " + parent->name);
    }
    return found;
}

lyd_node* newLike(lyd_node* parent, const lysc_node* schema, const lyd_node* model)
{
    lyd_node* made = nullptr;
    LY_ERR rc = LY_SUCCESS;
    if (schema->nodetype & LYD_NODE_TERM) {
        rc = lyd_new_term(parent, schema->module, schema->name, lyd_get_value(model), false, &made);
    } else if (schema->nodetype == LYS_CONTAINER) {
        rc = lyd_new_inner(parent, schema->module, schema->name, false, &made);
    } else if (schema->nodetype & LYS_ANYDATA) {
        const auto* any = reinterpret_cast<const lyd_node_any*>(model);
        rc = newAny(parent, schema->module, schema->name, nullptr, &made);
        if (rc == LY_SUCCESS) {
            rc = lyd_any_copy_value(made, &any->value, any->value_type);
        }
    } else {
        throw Error(std::string("cannot copy ") + schema->name);
    }
    check(rc, LYD_CTX(parent), schema->name);
    return made;
}

void fillWith(lyd_node* to, const lyd_node* from)
{
    const lysc_node* of = nullptr; // schema of the last child, and its like
    const lysc_node* schema = nullptr;
    for (const lyd_node* child = lyd_child_no_keys(from); child; child = child->next) {
        if (!child->schema) {
            throw Error(std::string("unknown node ") + LYD_NAME(child));
        }
        if (child->flags & LYD_DEFAULT) {
            continue; // implied there too
        }
        if (child->schema != of) {
            of = child->schema;
            schema = like(to->schema, of);
        }
        lyd_node* made = nullptr;
        if (schema->nodetype == LYS_LIST) {
            const Node source(const_cast<lyd_node*>(child));
            std::vector<std::string> values;
            for (const auto& [name, value] : source.keys()) {
                values.push_back(value);
            }
            made = Node(to).entry(schema->name, values).raw();
        } else if (schema->nodetype == LYS_CONTAINER) {
            made = Node(to).container(schema->name).raw();
        } else {
            newLike(to, schema, child);
            continue;
        }
        fillWith(made, child);
    }
}

} // namespace

Node Node::copy(Node other) const
{
    lyd_node* made = nullptr;
    check(lyd_dup_single(other.raw(), nullptr, LYD_DUP_RECURSIVE, &made), LYD_CTX(node_), "copy");
    const LY_ERR rc = lyd_insert_child(node_, made);
    if (rc != LY_SUCCESS) {
        lyd_free_tree(made);
    }
    check(rc, LYD_CTX(node_), LYD_NAME(other.raw()));
    return Node(made);
}

void Node::fill(Node like) const
{
    fillWith(node_, like.raw());
}

std::optional<Node> Node::instance(Node like) const
{
    lyd_node* found = nullptr;
    lyd_find_sibling_first(lyd_child(node_), like.raw(), &found);
    return found ? std::optional(Node(found)) : std::nullopt;
}

std::optional<Node> Node::instance(const char* list, const std::vector<std::string>& keys) const
{
    // An entry beside the tree, so that any bytes may be in a key: a predicate cannot quote all.
    lyd_node* aside = nullptr;
    check(lyd_dup_single(node_, nullptr, 0, &aside), LYD_CTX(node_), list);
    const Tree guard(aside);
    return instance(Node(aside).entry(list, keys));
}

std::vector<std::pair<std::string, std::string>> Node::keys() const
{
    std::vector<std::pair<std::string, std::string>> out;
    for (const lyd_node* child = lyd_child(node_);
         child && child->schema && lysc_is_key(child->schema); child = child->next) {
        out.emplace_back(LYD_NAME(child), lyd_get_value(child));
    }
    return out;
}

bool Node::equals(Node other) const
{
    return lyd_compare_single(node_, other.raw(), LYD_COMPARE_FULL_RECURSION) == LY_SUCCESS
        || canonical() == other.canonical();
}

} // namespace yang
