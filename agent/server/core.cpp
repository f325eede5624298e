#include "agent/server/core.h"
#include "agent/server/access_facts.h"
#include "agent/server/difference.h"
#include "agent/server/instance_path.h"
#include "agent/server/rpcs.h"
#include "agent/server/rpcs_subscriptions.h"
#include "common/clock.h"
#include "common/log.h"
#include "common/text.h"
#include "common/yang_internal.h"

#include <algorithm>

namespace agent {

namespace {

constexpr size_t MostEdits = 200; // in a netconf-config-change; without edits if there are more
constexpr const char* Events = "/ietf-netconf-notifications:";

void tellSession(const yang::Node& in, const Session& session)
{
    in.leaf("username", text::carried(session.user));
    in.leaf("session-id", session.id);
    in.leaf("source-host", session.host);
}

const char* nameOf(EditOperation operation)
{
    switch (operation) {
    case EditOperation::Create:
        return "create";
    case EditOperation::Delete:
        return "delete";
    case EditOperation::Merge:
        return "merge";
    default:
        return "replace";
    }
}

bool concerns(const std::vector<Changed>& changes, std::string_view module)
{
    const std::string begin = "/" + std::string(module) + ":";
    return std::ranges::any_of(
        changes, [&](const Changed& one) { return one.path.compare(0, begin.size(), begin) == 0; });
}

} // namespace

Core::Core(
    const yang::Context& theContext, loop::Loop& theLoop, const Settings& settings, Outlets outlets)
    : context(theContext)
    , loop(theLoop)
    , datastore(context, settings.folder, settings.startup)
    , confirmed(loop,
          { [this] { restore(); },
              [this](const char* event, const Session* by,
                  std::optional<std::chrono::seconds> timeout) {
                  tellConfirmed(event, by, timeout);
              } })
    , access(context)
    , log(context, settings.folder)
    , aside(loop)
    , netconf(context, loop, capabilities(context),
          { [this](const Session& session, const yang::Tree& rpc) { return call(session, rpc); },
              [this]() -> const yang::Tree& { return datastore.running(); },
              [this](const Session& session) { started(session); },
              [this](const Session& session, const Ending& ending) { ended(session, ending); } })
    , subscriptions(context, loop, log,
          { [this](uint32_t session, const Notification& notification) {
               const bool sent = netconf.notify(session, notification);
               if (!sent && notification.isReport()) {
                   reporter.dropped();
               }
               return sent;
           },
              [this](uint32_t session, const Notification& notification) {
                  const Session* const to = netconf.find(session);
                  return to && access.mayReceive(to->user, notification.event->schema());
              } })
    , push(context, loop,
          { [this](
                uint32_t session, const PushRequest& request) { return content(session, request); },
              [this](uint32_t session, const Notification& update) {
                  return netconf.notify(session, update);
              } })
    , reporter(context, loop, log, settings.nodeId,
          { [this](const Notification& report) { subscriptions.publish(report); },
              [this](frame::Message message) { outlets_.toProber(std::move(message)); },
              [this] { push.changed(); } })
    , monitoring(context, netconf.capabilities())
    , outlets_(std::move(outlets))
{
    if (settings.extensions) {
        reporter.describe(*settings.extensions);
    }
    access.configure(datastore.running());
    reporter.configure(datastore.running(), std::nullopt);
    applyAccess();
}

void Core::permit(const Session& session, Access::Operation operation, const lyd_node* node)
{
    if (!access.mayWrite(session.user, operation, node)) {
        throw RpcError("access-denied", "access control does not permit it", pathOf(node));
    }
}

std::string Core::content(uint32_t session, const PushRequest& request)
{
    const Session* const to = netconf.find(session);
    if (!to) {
        throw RpcError("operation-failed", "there is no such session");
    }
    // Values in use, of operational (RFC 8526, 3.1.1.2).
    const uint32_t defaults
        = request.shown == Shown::Operational ? LYD_PRINT_WD_ALL : LYD_PRINT_WD_EXPLICIT;
    return selected(*this, to->user, { request.shown, request.filter, defaults });
}

void Core::mayChange(const Session& session, Store store) const
{
    datastore.mayChange(store, session.id);
    const auto other = confirmed.ofAnother(session.id);
    if (store == Store::Running && other) {
        // What it edits would be undone with the other's commit.
        RpcError error("in-use",
            *other == 0
                ? std::string("a confirmed commit is pending")
                : "a confirmed commit of session " + std::to_string(*other) + " is pending");
        error.type = "protocol";
        throw error;
    }
}

std::optional<std::string> Core::call(const Session& session, const yang::Tree& rpc)
{
    spareMemory.giveBackSoon();
    const lysc_node* const schema = rpc.raw()->schema;
    if (!access.mayCall(session.user, schema)) {
        RpcError error("access-denied", "access control does not permit this operation",
            "/" + std::string(schema->module->name) + ":" + schema->name);
        error.type = "protocol";
        throw error;
    }
    for (const Rpc& one : rpcs()) {
        if (schema->name == std::string_view(one.name)
            && schema->module->name == std::string_view(one.module)) {
            return one.call(*this, session, rpc.root());
        }
    }
    RpcError error(
        "operation-not-supported", "there is no operation " + std::string(schema->name) + " here");
    error.type = "protocol";
    throw error;
}

void Core::publish(yang::Tree tree)
{
    subscriptions.publish({ wall::now(), std::move(tree) });
}

void Core::started(const Session& session)
{
    yang::Tree tree;
    tellSession(tree.at(context, std::string(Events) + "netconf-session-start"), session);
    publish(std::move(tree));
}

void Core::ended(const Session& session, const Ending& ending)
{
    datastore.release(session.id);
    subscriptions.drop(session.id);
    push.drop(session.id);
    aside.drop(session.id);
    confirmed.ended(session);
    yang::Tree tree;
    const yang::Node event = tree.at(context, std::string(Events) + "netconf-session-end");
    tellSession(event, session);
    if (ending.killedBy != 0) {
        event.leaf("killed-by", ending.killedBy);
    }
    event.leaf("termination-reason", ending.reason);
    publish(std::move(tree));
}

void Core::applyAccess()
{
    if (const auto limits = datastore.running().find("/femto-agent-access:agent-access/limits")) {
        const auto value = [&](const char* name, size_t otherwise) {
            return text::number<size_t>(limits->valueOr(name, "")).value_or(otherwise);
        };
        netconf.limit(value("max-message-size", 1u << 20), value("max-queued-output", 64u << 20));
        subscriptionLimits.ofSession = value("max-subscriptions-per-session", 32);
        subscriptionLimits.inAll = value("max-subscriptions", 512);
    }
    outlets_.access(accessFacts(datastore.running()));
}

void Core::commit(const Session& by, yang::Tree next, const std::vector<Changed>& changes)
{
    datastore.commit(std::move(next));
    inForce(by, changes);
}

void Core::restore()
{
    yang::Tree now = datastore.running().copy();
    const auto changes = turnInto(
        now, datastore.kept().raw(), [](Access::Operation, const lyd_node*) { /* anything */ });
    datastore.restore();
    Session agent;
    agent.user = "the agent";
    inForce(agent, changes);
}

/// Running has changed: by a session, or by the agent itself, whose id is 0.
void Core::inForce(const Session& by, const std::vector<Changed>& changes)
{
    if (changes.empty()) {
        return;
    }
    logging::notice("configuration changed by " + text::quoted(by.user) + ", session "
        + std::to_string(by.id) + ": " + std::to_string(changes.size()) + " edits, first "
        + text::quoted(changes.front().path));
    if (concerns(changes, "ietf-netconf-acm")) {
        access.configure(datastore.running());
    }
    if (concerns(changes, "femto-agent-access")) {
        applyAccess();
    }
    if (concerns(changes, "femto-security")) {
        reporter.configure(datastore.running(), Origin { by.user, by.id, by.host });
    }
    if (concerns(changes, "ietf-subscribed-notifications")) {
        filtersChanged(*this);
    }
    push.changed();
    yang::Tree tree;
    const yang::Node event = tree.at(context, std::string(Events) + "netconf-config-change");
    const yang::Node changedBy = event.container("changed-by");
    if (by.id == 0) {
        changedBy.leaf("server", "");
    } else {
        tellSession(changedBy, by);
    }
    event.leaf("datastore", "running");
    for (const Changed& change : changes) {
        if (changes.size() > MostEdits) {
            break;
        }
        const yang::Node edit = event.entry("edit", std::initializer_list<std::string> {});
        edit.leaf("target", change.path);
        edit.leaf("operation", nameOf(change.operation));
    }
    publish(std::move(tree));
}

void Core::tellConfirmed(
    const char* what, const Session* by, std::optional<std::chrono::seconds> timeout)
{
    yang::Tree tree;
    const yang::Node event = tree.at(context, std::string(Events) + "netconf-confirmed-commit");
    if (by) {
        tellSession(event, *by);
    }
    event.leaf("confirm-event", what);
    if (timeout) {
        event.leaf("timeout", timeout->count());
    }
    publish(std::move(tree));
}

} // namespace agent
