#include "agent/server/edit.h"
#include "agent/server/edit_attributes.h"
#include "agent/server/instance_path.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <cstring>

namespace agent {

namespace {

/// In the tree by request of somebody, not as a default (RFC 6243, 2.3: basic mode explicit).
bool isExplicit(const lyd_node* node)
{
    return node && !(node->flags & LYD_DEFAULT);
}

bool sameInstance(const lyd_node* a, const lyd_node* b)
{
    if (a->schema != b->schema) {
        return false;
    }
    const bool many = (a->schema->nodetype & (LYS_LIST | LYS_LEAFLIST)) != 0;
    return !many || lyd_compare_single(a, b, 0) == LY_SUCCESS;
}

std::vector<const lyd_node*> instances(const lyd_node* first, const lysc_node* schema)
{
    std::vector<const lyd_node*> out;
    for (const lyd_node* node = first; node; node = node->next) {
        if (node->schema == schema) {
            out.push_back(node);
        }
    }
    return out;
}

/// Whether some user-ordered entries would stand in another order than the edit gives.
bool ordersDiffer(const lyd_node* editFirst, const lyd_node* thereFirst)
{
    for (const lyd_node* edit = editFirst; edit; edit = edit->next) {
        if (!edit->schema || !yang::orderedByUser(edit)) {
            continue;
        }
        const auto wanted = instances(edit, edit->schema);
        const auto there = instances(thereFirst, edit->schema);
        if (wanted.size() != there.size()
            || !std::equal(wanted.begin(), wanted.end(), there.begin(), sameInstance)) {
            return true;
        }
        while (edit->next && edit->next->schema == edit->schema) {
            edit = edit->next;
        }
    }
    return false;
}

const lysc_node* caseOf(const lysc_node* schema)
{
    const lysc_node* const up = schema->parent;
    return up && up->nodetype == LYS_CASE ? up : nullptr;
}

} // namespace

Edit::Edit(yang::Tree& target, Permit permit)
    : target_(target)
    , permit_(std::move(permit))
{
}

void Edit::apply(const lyd_node* first, EditOperation defaultOperation, bool keepGoing)
{
    keepGoing_ = keepGoing;
    if (defaultOperation == EditOperation::Replace) {
        removeOthers(first, target_.raw());
    }
    each(first, nullptr, defaultOperation);
}

void Edit::each(const lyd_node* first, lyd_node* parent, EditOperation inherited)
{
    for (const lyd_node* node = first; node; node = node->next) {
        if (node->schema && lysc_is_key(node->schema)) {
            continue;
        }
        try { // boundary: one part of an edit, for continue-on-error
            if (node->schema) {
                one(node, parent, inherited);
            } else {
                opaque(node, parent, inherited);
            }
        } catch (const RpcError& error) {
            if (!keepGoing_) {
                throw;
            }
            errors_.push_back(error);
        }
    }
}

lyd_node* Edit::firstOf(const lyd_node* parent) const
{
    return parent ? lyd_child(parent) : target_.raw();
}

lyd_node* Edit::match(const lyd_node* edit, const lyd_node* parent) const
{
    lyd_node* found = nullptr;
    lyd_node* const first = firstOf(parent);
    if (!first) {
        return nullptr;
    }
    if (edit->schema->nodetype & (LYS_LIST | LYS_LEAFLIST)) {
        lyd_find_sibling_first(first, edit, &found);
    } else {
        lyd_find_sibling_val(first, edit->schema, nullptr, 0, &found);
    }
    return found;
}

void Edit::changed(const lyd_node* node, EditOperation operation)
{
    if (creating_ == 0) {
        changes_.push_back({ pathOf(node), operation });
    }
}

void Edit::one(const lyd_node* edit, lyd_node* parent, EditOperation inherited)
{
    const EditOperation operation = operationOf(edit).value_or(inherited);
    if (edit->schema->flags & LYS_CONFIG_R) {
        RpcError error("unknown-element", "state data cannot be configured", pathOf(edit));
        error.info.emplace_back("bad-element", LYD_NAME(edit));
        throw error;
    }
    lyd_node* const there = match(edit, parent);
    switch (operation) {
    case EditOperation::Delete:
    case EditOperation::Remove:
        permit_(Access::Delete, edit);
        if (isExplicit(there)) {
            remove(there);
        } else if (operation == EditOperation::Delete) {
            throw RpcError("data-missing", "there is nothing to delete", pathOf(edit));
        }
        return;
    case EditOperation::Create:
        if (isExplicit(there)) {
            permit_(Access::Create, edit);
            throw RpcError("data-exists", "it exists already", pathOf(edit));
        }
        break;
    case EditOperation::None:
        if (!there || (!isExplicit(there) && (edit->schema->nodetype & LYD_NODE_TERM))) {
            throw RpcError("data-missing", "it does not exist", pathOf(edit));
        }
        if (!(edit->schema->nodetype & (LYD_NODE_TERM | LYD_NODE_ANY))) {
            each(lyd_child(edit), there, operation);
        }
        return;
    default:
        break;
    }
    if (there) {
        modify(edit, there, operation);
        place(edit, there, operation, false);
    } else {
        create(edit, parent, operation);
    }
}

void Edit::opaque(const lyd_node* edit, lyd_node* parent, EditOperation inherited)
{
    const EditOperation operation = operationOf(edit).value_or(inherited);
    const bool deletes = operation == EditOperation::Delete || operation == EditOperation::Remove;
    // Throws what is wrong with it, unless it is a leaf that is named to be deleted.
    const lysc_node* const schema = schemaOfOpaque(edit, deletes);
    lyd_node* there = nullptr;
    if (firstOf(parent)) {
        lyd_find_sibling_val(firstOf(parent), schema, nullptr, 0, &there);
    }
    if (isExplicit(there)) {
        permit_(Access::Delete, there);
        remove(there);
    } else if (operation == EditOperation::Delete) {
        throw RpcError("data-missing", "there is nothing to delete", pathOfOpaque(edit));
    }
}

void Edit::create(const lyd_node* edit, lyd_node* parent, EditOperation operation)
{
    permit_(Access::Create, edit);
    lyd_node* made = nullptr;
    const bool any = (edit->schema->nodetype & LYD_NODE_ANY) != 0;
    yang::check(
        lyd_dup_single(edit, nullptr, (any ? LYD_DUP_RECURSIVE : 0) | LYD_DUP_NO_META, &made),
        LYD_CTX(edit), "edit");
    if (parent) {
        yang::check(lyd_insert_child(parent, made), LYD_CTX(edit), "edit");
    } else {
        lyd_node* first = target_.release();
        const LY_ERR rc = lyd_insert_sibling(first, made, &first);
        target_ = yang::Tree(first);
        yang::check(rc, LYD_CTX(edit), "edit");
    }
    changed(made, EditOperation::Create);
    leaveOtherCases(made);
    place(edit, made, operation, true);
    if (made->schema->nodetype & (LYS_CONTAINER | LYS_LIST)) {
        ++creating_;
        try {
            each(lyd_child(edit), made, operation);
        } catch (...) {
            --creating_;
            throw;
        }
        --creating_;
    }
}

void Edit::modify(const lyd_node* edit, lyd_node* there, EditOperation operation)
{
    if (edit->schema->nodetype & (LYS_CONTAINER | LYS_LIST)) {
        const bool outer = reorder_;
        if (operation == EditOperation::Replace) {
            removeOthers(lyd_child(edit), lyd_child(there));
            reorder_ = ordersDiffer(lyd_child(edit), lyd_child(there));
        }
        each(lyd_child(edit), there, operation);
        reorder_ = outer;
        return;
    }
    if (edit->schema->nodetype & LYS_LEAFLIST) {
        return; // the value is the instance
    }
    const bool same = lyd_compare_single(edit, there, 0) == LY_SUCCESS;
    if (isExplicit(there) && same) {
        return;
    }
    permit_(isExplicit(there) ? Access::Update : Access::Create, edit);
    const LY_ERR rc = lyd_change_term(there, lyd_get_value(edit));
    if (rc != LY_SUCCESS && rc != LY_EEXIST) {
        yang::check(rc, LYD_CTX(edit), "edit");
    }
    changed(there, EditOperation::Merge);
}

void Edit::remove(lyd_node* there)
{
    const auto permitted = [&](const auto& self, const lyd_node* node) -> void {
        for (const lyd_node* child = lyd_child(node); child; child = child->next) {
            if (isExplicit(child) && !lysc_is_key(child->schema)) {
                permit_(Access::Delete, child);
                self(self, child);
            }
        }
    };
    permitted(permitted, there);
    changed(there, EditOperation::Delete);
    if (lyd_parent(there)) {
        lyd_free_tree(there);
        return;
    }
    lyd_node* first = target_.release();
    if (first == there) {
        first = there->next;
    }
    lyd_free_tree(there);
    target_ = yang::Tree(first);
}

/// For a replace: removes what is there and not in the edit.
void Edit::removeOthers(const lyd_node* editFirst, lyd_node* firstThere)
{
    for (lyd_node* node = firstThere; node;) {
        lyd_node* const next = node->next;
        bool kept = !isExplicit(node) || lysc_is_key(node->schema);
        for (const lyd_node* edit = editFirst; edit && !kept; edit = edit->next) {
            kept = edit->schema ? sameInstance(edit, node)
                                : strcmp(LYD_NAME(edit), LYD_NAME(node)) == 0;
        }
        if (!kept) {
            permit_(Access::Delete, node);
            remove(node);
        }
        node = next;
    }
}

/// A node of one case ends the other cases of its choice (RFC 7950, 7.9).
void Edit::leaveOtherCases(lyd_node* made)
{
    const lysc_node* const mine = caseOf(made->schema);
    if (!mine) {
        return;
    }
    for (lyd_node* node = lyd_first_sibling(made); node;) {
        lyd_node* const next = node->next;
        const lysc_node* const other = caseOf(node->schema);
        if (other && other != mine && other->parent == mine->parent) {
            permit_(Access::Delete, node);
            remove(node);
        }
        node = next;
    }
}

/// Moves a user-ordered entry to where the edit wants it (RFC 7950, 7.7.9 and 7.8.6).
void Edit::place(const lyd_node* edit, lyd_node* there, EditOperation operation, bool made)
{
    const std::optional<Place> wanted = placeOf(edit);
    if (!wanted && (made || !reorder_ || operation != EditOperation::Replace)) {
        return;
    }
    if (!yang::orderedByUser(there)) {
        return;
    }
    lyd_node* anchor = nullptr; // another entry, and whether to stand before it
    bool before = false;
    const bool last = !wanted || wanted->where == Place::Last;
    for (lyd_node* node = lyd_first_sibling(there); node; node = node->next) {
        if (node->schema != there->schema || node == there) {
            continue;
        }
        if (last || (wanted->where == Place::First && !anchor) || isAnchor(*wanted, node)) {
            anchor = node;
            before = !last && (wanted->where == Place::First || wanted->where == Place::Before);
        }
    }
    if (!anchor) {
        if (wanted && (wanted->where == Place::Before || wanted->where == Place::After)) {
            throw RpcError("bad-attribute",
                "there is no entry " + wanted->anchor + " to stand beside", pathOf(edit),
                "missing-instance");
        }
        return; // the only one
    }
    if ((before && there->next == anchor) || (!before && anchor->next == there)) {
        return;
    }
    if (!made) {
        permit_(Access::Update, edit);
    }
    yang::check(before ? lyd_insert_before(anchor, there) : lyd_insert_after(anchor, there),
        LYD_CTX(edit), "edit");
    if (!made) {
        changed(there, EditOperation::Replace);
    }
}

} // namespace agent
