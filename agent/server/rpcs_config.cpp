#include "agent/server/rpcs_config.h"
#include "agent/server/core.h"
#include "agent/server/difference.h"
#include "agent/server/edit.h"
#include "agent/server/envelope.h"
#include "agent/server/view.h"
#include "common/text.h"
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

/// What to do about mistakes that only validation finds.
enum class Test { Set, TestThenSet, TestOnly };

/// RFC 7950, 8.3.3: constraints are for running at each edit, and for candidate when it is
/// validated or committed, unless a test is asked for.
Test testOf(const yang::Node& rpc)
{
    const auto option = rpc.child("test-option");
    const bool asked = option && !(option->raw()->flags & LYD_DEFAULT);
    const std::string value = asked ? rpc.valueOr("test-option", "") : "";
    return value == "test-only"    ? Test::TestOnly
        : value == "test-then-set" ? Test::TestThenSet
                                   : Test::Set;
}

/// What is edited, and how.
struct Plan {
    Store store;
    EditOperation operation;
    bool keepGoing;
    Test test;
};

/// A copy of the datastore with an edit applied and validated. Nothing of it changes before that
/// has succeeded, so that stop-on-error and continue-on-error leave it as it was, too: the latter
/// tells all mistakes instead of the first one.
void edit(Core& core, const Session& session, const lyd_node* config, const Plan& plan)
{
    core.mayChange(session, plan.store);
    yang::Tree next = core.datastore.of(plan.store).copy();
    Edit edit(next,
        [&](Access::Operation what, const lyd_node* node) { core.permit(session, what, node); });
    edit.apply(config, plan.operation, plan.keepGoing);
    if (!edit.errors().empty()) {
        throw RpcErrors(edit.errors());
    }
    const bool running = plan.store == Store::Running;
    if (running ? !edit.changes().empty() : plan.test != Test::Set) {
        core.datastore.validate(next);
    }
    if (plan.test != Test::TestOnly && !edit.changes().empty()) {
        if (running) {
            core.commit(session, std::move(next), edit.changes());
        } else {
            core.datastore.editCandidate(std::move(next));
        }
    }
}

/// Copies one datastore into the other, as far as the user may read it (RFC 8341, 3.2.4).
void copy(Core& core, const Session& session, Store source, Store target)
{
    core.mayChange(session, target);
    yang::Tree next = core.datastore.of(target).copy();
    const Filter all;
    const yang::Tree from = core.datastore.of(source).copy();
    const View readable(core.access, session.user, all, { from.raw() });
    const auto changes = turnInto(next, readable.first(),
        [&](Access::Operation what, const lyd_node* node) { core.permit(session, what, node); });
    if (changes.empty()) {
        return;
    }
    if (target == Store::Running) {
        core.datastore.validate(next);
        core.commit(session, std::move(next), changes);
    } else {
        core.datastore.editCandidate(std::move(next));
    }
}

} // namespace

uint32_t withDefaults(const yang::Node& rpc)
{
    const std::string mode = rpc.valueOr("with-defaults", "explicit");
    return mode == "report-all"       ? LYD_PRINT_WD_ALL
        : mode == "report-all-tagged" ? LYD_PRINT_WD_ALL_TAG
        : mode == "trim"              ? LYD_PRINT_WD_TRIM
                                      : LYD_PRINT_WD_EXPLICIT;
}

Store storeOf(const yang::Node& choice)
{
    if (const auto datastore = choice.value("datastore")) { // RFC 8526, 3.1.3
        if (*datastore != "ietf-datastores:running" && *datastore != "ietf-datastores:candidate") {
            RpcError error(
                "invalid-value", text::quoted(*datastore) + " is not locked or validated");
            error.info.emplace_back("bad-element", "datastore");
            throw error;
        }
        return *datastore == "ietf-datastores:running" ? Store::Running : Store::Candidate;
    }
    return choice.child("candidate") ? Store::Candidate : Store::Running;
}

Body callEditConfig(Core& core, const Session& session, const yang::Node& rpc)
{
    const auto config = rpc.child("config");
    edit(core, session, contentOf(*config),
        { storeOf(*rpc.child("target")),
            defaultOperation(rpc.valueOr("default-operation", "merge")),
            rpc.value("error-option") == "continue-on-error", testOf(rpc) });
    return "";
}

void editData(Core& core, const Session& session, const yang::Node& rpc, Store store)
{
    edit(core, session, contentOf(*rpc.child("config")),
        { store, defaultOperation(rpc.valueOr("default-operation", "merge")), false, Test::Set });
}

Body callCopyConfig(Core& core, const Session& session, const yang::Node& rpc)
{
    const yang::Node source = *rpc.child("source");
    const Store target = storeOf(*rpc.child("target"));
    if (const auto config = source.child("config")) {
        edit(core, session, contentOf(*config),
            { target, EditOperation::Replace, false, Test::Set });
    } else if (storeOf(source) == target) {
        RpcError error("invalid-value", "source and target are the same datastore");
        error.type = "protocol";
        throw error;
    } else {
        copy(core, session, storeOf(source), target);
    }
    return "";
}

Body callValidate(Core& core, const Session&, const yang::Node& rpc)
{
    const yang::Node source = *rpc.child("source");
    yang::Tree next;
    if (const auto config = source.child("config")) {
        Edit edit(next, [](Access::Operation, const lyd_node*) {});
        edit.apply(contentOf(*config), EditOperation::Merge, false);
    } else {
        next = core.datastore.of(storeOf(source)).copy();
    }
    core.datastore.validate(next);
    return "";
}

Body callLock(Core& core, const Session& session, const yang::Node& rpc)
{
    const Store store = storeOf(*rpc.child("target"));
    const auto other = core.confirmed.ofAnother(session.id);
    if (store == Store::Running && other) {
        RpcError error("lock-denied", "a confirmed commit is pending");
        error.type = "protocol";
        error.info.emplace_back("session-id", std::to_string(*other));
        throw error;
    }
    core.datastore.lock(store, session.id);
    return "";
}

Body callUnlock(Core& core, const Session& session, const yang::Node& rpc)
{
    core.datastore.unlock(storeOf(*rpc.child("target")), session.id);
    return "";
}

} // namespace agent
