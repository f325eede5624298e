// <edit-config> on a tree (RFC 6241, 7.2; RFC 7950, 7.5 to 7.8): operations, order of user-ordered
// entries, access control of each node that is changed. Validation of the whole comes after it.
#pragma once

#include "agent/server/access.h"
#include "agent/server/rpc_error.h"
#include "common/yang.h"

#include <functional>
#include <string>
#include <vector>

namespace agent {

enum class EditOperation { Merge, Replace, Create, Delete, Remove, None };

/// Topmost node of a change.
struct Changed {
    std::string path;
    EditOperation operation; // create, delete, merge (another value) or replace (another place)
};

class Edit {
public:
    /// Throws RpcError if the user may not do that to the node.
    using Permit = std::function<void(Access::Operation, const lyd_node*)>;

    Edit(yang::Tree& target, Permit permit);

    /// Content of <config>, first sibling. Throws the first RpcError, unless `keepGoing`: then
    /// errors are gathered and the siblings that follow are edited too.
    void apply(const lyd_node* first, EditOperation defaultOperation, bool keepGoing);

    const std::vector<RpcError>& errors() const { return errors_; }
    const std::vector<Changed>& changes() const { return changes_; }

private:
    void each(const lyd_node* first, lyd_node* parent, EditOperation inherited);
    void one(const lyd_node* edit, lyd_node* parent, EditOperation inherited);
    void opaque(const lyd_node* edit, lyd_node* parent, EditOperation inherited);
    void create(const lyd_node* edit, lyd_node* parent, EditOperation operation);
    void modify(const lyd_node* edit, lyd_node* there, EditOperation operation);
    void remove(lyd_node* there);
    void removeOthers(const lyd_node* editFirst, lyd_node* firstThere);
    void leaveOtherCases(lyd_node* made);
    void place(const lyd_node* edit, lyd_node* there, EditOperation operation, bool made);
    lyd_node* match(const lyd_node* edit, const lyd_node* parent) const;
    lyd_node* firstOf(const lyd_node* parent) const;
    void changed(const lyd_node* node, EditOperation operation);

    yang::Tree& target_;
    Permit permit_;
    bool keepGoing_ = false;
    bool reorder_ = false; // inside a replace, that gives a new order
    int creating_ = 0; // depth of new nodes around
    std::vector<RpcError> errors_;
    std::vector<Changed> changes_;
};

} // namespace agent
