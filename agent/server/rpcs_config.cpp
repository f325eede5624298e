#include "agent/server/rpcs_config.h"
#include "agent/server/core.h"
#include "agent/server/edit.h"
#include "agent/server/envelope.h"
#include "common/yang_internal.h"

namespace agent {

namespace {

/// Content of an inline <config>; null if it is empty. Throws RpcError.
const lyd_node* contentOf(const yang::Node& config)
{
    const auto* const any = reinterpret_cast<const lyd_node_any*>(config.raw());
    if (any->value_type == LYD_ANYDATA_DATATREE) {
        return any->value.tree;
    }
    if (any->value.str && *any->value.str) {
        RpcError error("bad-element", "config holds text");
        error.type = "protocol";
        error.info.emplace_back("bad-element", "config");
        throw error;
    }
    return nullptr;
}

EditOperation defaultOperation(const std::string& name)
{
    return name == "replace" ? EditOperation::Replace
        : name == "none"     ? EditOperation::None
                             : EditOperation::Merge;
}

/// A copy of running with an edit applied and validated. Nothing of running changes before that has
/// succeeded, so that stop-on-error and continue-on-error leave it as it was, too: the latter tells
/// all mistakes instead of the first one.
void edit(Core& core, const Session& session, const lyd_node* config, EditOperation operation,
    bool keepGoing, bool testOnly)
{
    core.datastore.mayChange(session.id);
    yang::Tree next = core.datastore.running().copy();
    Edit edit(next,
        [&](Access::Operation what, const lyd_node* node) { core.permit(session, what, node); });
    edit.apply(config, operation, keepGoing);
    if (!edit.errors().empty()) {
        throw RpcErrors(edit.errors());
    }
    if (edit.changes().empty()) {
        return;
    }
    core.datastore.validate(next);
    if (!testOnly) {
        core.commit(session, std::move(next), edit.changes());
    }
}

} // namespace

Body callEditConfig(Core& core, const Session& session, const yang::Node& rpc)
{
    const auto config = rpc.child("config");
    // test-option set asks for no test before; but running is valid at all times (RFC 7950, 8.1),
    // so that is like test-then-set.
    edit(core, session, contentOf(*config),
        defaultOperation(rpc.valueOr("default-operation", "merge")),
        rpc.value("error-option") == "continue-on-error", rpc.value("test-option") == "test-only");
    return "";
}

Body callCopyConfig(Core& core, const Session& session, const yang::Node& rpc)
{
    const auto config = rpc.child("source")->child("config");
    if (!config) {
        RpcError error("invalid-value", "source and target are the same datastore");
        error.type = "protocol";
        throw error;
    }
    edit(core, session, contentOf(*config), EditOperation::Replace, false, false);
    return "";
}

Body callValidate(Core& core, const Session&, const yang::Node& rpc)
{
    const auto config = rpc.child("source")->child("config");
    yang::Tree next;
    if (config) {
        Edit edit(next, [](Access::Operation, const lyd_node*) {});
        edit.apply(contentOf(*config), EditOperation::Merge, false);
    } else {
        next = core.datastore.running().copy();
    }
    core.datastore.validate(next);
    return "";
}

Body callLock(Core& core, const Session& session, const yang::Node&)
{
    core.datastore.lock(session.id); // the schema leaves no target but running
    return "";
}

Body callUnlock(Core& core, const Session& session, const yang::Node&)
{
    core.datastore.unlock(session.id);
    return "";
}

} // namespace agent
