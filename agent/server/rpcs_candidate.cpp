// From candidate to running (RFC 6241, 8.3 and 8.4).
#include "agent/server/core.h"
#include "agent/server/difference.h"
#include "agent/server/rpcs_config.h"
#include "common/text.h"

namespace agent {

namespace {

using std::chrono::seconds;

/// Candidate takes the place of running; both are the same then.
void commitCandidate(Core& core, const Session& session)
{
    if (!core.datastore.edited()) {
        return;
    }
    yang::Tree next = core.datastore.running().copy();
    const auto changes = turnInto(next, core.datastore.candidate().raw(),
        [&](Access::Operation what, const lyd_node* node) { core.permit(session, what, node); });
    core.datastore.validate(next);
    if (!changes.empty()) {
        core.commit(session, std::move(next), changes);
    }
    core.datastore.discard();
}

} // namespace

Body callCommit(Core& core, const Session& session, const yang::Node& rpc)
{
    core.confirmed.mayGoOn(session.id, rpc.value("persist-id"));
    core.datastore.mayChange(Store::Running, session.id);
    core.datastore.mayChange(Store::Candidate, session.id);
    const bool pending = core.confirmed.pending();
    if (!rpc.child("confirmed")) {
        commitCandidate(core, session);
        if (pending) {
            core.datastore.forget();
            core.confirmed.complete(session);
        }
        return "";
    }
    const auto timeout = text::number<uint32_t>(rpc.valueOr("confirm-timeout", "600"));
    if (!pending) {
        core.datastore.keep();
    }
    try {
        commitCandidate(core, session);
    } catch (...) {
        if (!pending) {
            core.datastore.keepNoMore();
        }
        throw;
    }
    core.confirmed.begin(session, seconds(timeout.value_or(600)), rpc.value("persist"));
    return "";
}

Body callDiscardChanges(Core& core, const Session& session, const yang::Node&)
{
    core.datastore.mayChange(Store::Candidate, session.id);
    core.datastore.discard();
    return "";
}

Body callCancelCommit(Core& core, const Session& session, const yang::Node& rpc)
{
    core.confirmed.mayGoOn(session.id, rpc.value("persist-id"));
    if (!core.confirmed.pending()) {
        RpcError error("operation-failed", "no confirmed commit is pending");
        error.type = "protocol";
        throw error;
    }
    core.confirmed.cancel(session);
    return "";
}

} // namespace agent
