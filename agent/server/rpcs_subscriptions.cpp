#include "agent/server/rpcs_subscriptions.h"
#include "agent/server/core.h"
#include "agent/server/envelope.h"
#include "agent/server/node_capabilities.h"
#include "agent/server/subscription_error.h"
#include "agent/server/subscription_filters.h"
#include "agent/server/subscription_state.h"
#include "common/text.h"
#include "common/yang_internal.h"

#include <algorithm>

namespace agent {

namespace {

using std::chrono::system_clock;

constexpr const char* Sn = "ietf-subscribed-notifications:";
constexpr const char* Yp = "ietf-yang-push:";
constexpr const char* Space = "urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications";

std::string sn(const char* identity)
{
    return std::string(Sn) + identity;
}
std::string yp(const char* identity)
{
    return std::string(Yp) + identity;
}

std::string leaf(const char* name, const std::string& value)
{
    return element(name, Space, value);
}

std::optional<wall::Time> timeOf(const yang::Node& in, const char* name)
{
    const auto value = in.value(name);
    return value ? wall::parse(*value) : std::nullopt;
}

void checkEncoding(const yang::Node& rpc, const Asking& asking)
{
    const std::string encoding = rpc.valueOr("encoding", sn("encode-xml"));
    if (encoding != sn("encode-xml")) {
        throw refused(asking, sn("encoding-unsupported"),
            "subscriptions of NETCONF are encoded in XML, not as " + text::quoted(encoding));
    }
}

void checkRoom(Core& core, const Session& session, const Asking& asking)
{
    size_t all = 0;
    size_t own = 0;
    for (const auto& row : core.subscriptions.rows()) {
        ++all;
        own += row.session == session.id ? 1 : 0;
    }
    for (const auto& row : core.push.rows()) {
        ++all;
        own += row.session == session.id ? 1 : 0;
    }
    SubscriptionLimits& limits = core.subscriptionLimits;
    if (own >= limits.ofSession) {
        ++limits.reachedOfSession;
        throw refused(asking, sn("insufficient-resources"),
            "a session has " + std::to_string(limits.ofSession) + " subscriptions at most");
    }
    if (all >= limits.inAll) {
        ++limits.reachedInAll;
        throw refused(asking, sn("insufficient-resources"),
            "there are " + std::to_string(limits.inAll) + " subscriptions already");
    }
}

RpcError mistake(const std::string& element, const std::string& message)
{
    RpcError error("invalid-value", message);
    error.info.emplace_back("bad-element", element);
    return error;
}

void checkStop(const std::optional<wall::Time>& stop, wall::Time after, const char* what)
{
    if (stop && *stop <= after) {
        throw mistake("stop-time", std::string("stop-time is not later than ") + what);
    }
}

std::string establishStream(Core& core, const Session& session, const yang::Node& rpc)
{
    const Asking asking { "establish-subscription", false };
    const std::string stream = rpc.valueOr("stream", "");
    if (!Subscriptions::isStream(stream)) {
        throw mistake("stream", "there is no stream " + text::quoted(stream));
    }
    NamedFilter named = filterOf(core, rpc, OfStream, asking);
    auto start = timeOf(rpc, "replay-start-time");
    const auto stop = timeOf(rpc, "stop-time");
    const auto now = system_clock::now();
    if (start && *start > now) {
        throw mistake("replay-start-time", "replay-start-time is in the future");
    }
    checkStop(stop, start ? *start : now, start ? "replay-start-time" : "now");
    std::string revised;
    if (start && *start < core.log.created()) {
        start = core.log.created();
        revised = leaf("replay-start-time-revision", wall::dateAndTime(*start));
    }
    const uint32_t id = core.nextSubscription();
    core.subscriptions.establish(
        session.id, id, { stream, std::move(named.filter), start, stop, named.reference });
    return leaf("id", std::to_string(id)) + revised;
}

Shown shownOf(const std::string& datastore, const Asking& asking)
{
    if (datastore == "ietf-datastores:operational") {
        return Shown::Operational;
    }
    if (datastore == "ietf-datastores:running") {
        return Shown::Running;
    }
    throw refused(asking, yp("datastore-not-subscribable"),
        "there are subscriptions to running and operational, not to " + text::quoted(datastore));
}

/// When updates are sent.
void readTrigger(const yang::Node& rpc, const Asking& asking, PushRequest& request)
{
    if (const auto periodic = rpc.child("periodic")) {
        const auto period = text::number<uint32_t>(periodic->valueOr("period", ""));
        request.period = Centiseconds(period.value_or(0));
        if (*request.period < LeastPeriod) {
            throw refused(asking, yp("period-unsupported"),
                "the shortest period is " + std::to_string(LeastPeriod.count()) + " centiseconds",
                element("period-hint", "", std::to_string(LeastPeriod.count())));
        }
        request.anchor = timeOf(*periodic, "anchor-time");
    } else if (const auto change = rpc.child("on-change")) {
        request.period.reset();
        request.dampening = Centiseconds(
            text::number<uint32_t>(change->valueOr("dampening-period", "0")).value_or(0));
        request.syncOnStart = change->valueOr("sync-on-start", "true") == "true";
        for (const std::string& kind : change->values("excluded-change")) {
            if (kind == "insert" || kind == "move") {
                throw refused(asking, yp("cant-exclude"),
                    "entries that change places are told as a change of what is around them");
            }
            request.excluded.insert(kind);
        }
    } else {
        throw mistake("period", "whether updates are periodic or on change is not said");
    }
}

/// What the content of a subscription is refused for.
template <typename Function> void guarded(const Asking& asking, Function function)
{
    try {
        function();
    } catch (const Push::TooMuch& error) {
        throw refused(asking, sn("insufficient-resources"), error.what());
    } catch (const RpcError& error) {
        throw unsupported(asking, error);
    }
}

std::string establishPush(Core& core, const Session& session, const yang::Node& rpc)
{
    const Asking asking { "establish-subscription", true };
    PushRequest request;
    request.datastore = rpc.valueOr("datastore", "");
    request.shown = shownOf(request.datastore, asking);
    NamedFilter named = filterOf(core, rpc, OfDatastore, asking);
    request.filter = std::move(named.filter);
    request.reference = named.reference;
    request.stop = timeOf(rpc, "stop-time");
    checkStop(request.stop, system_clock::now(), "now");
    readTrigger(rpc, asking, request);
    if (!request.period && !maySelectSteady(core.context, request.filter)) {
        throw refused(asking, yp("on-change-unsupported"),
            "what the filter selects changes all the time: it can be had in periods");
    }
    const uint32_t id = core.nextSubscription();
    guarded(asking, [&] { core.push.establish(session.id, id, std::move(request)); });
    return leaf("id", std::to_string(id));
}

uint32_t idOf(const yang::Node& rpc)
{
    return text::number<uint32_t>(rpc.valueOr("id", "")).value_or(0);
}

RpcError none(const Asking& asking, const char* identity, uint32_t id)
{
    return refused(asking, identity, "this session has no subscription " + std::to_string(id));
}

} // namespace

Body callEstablishSubscription(Core& core, const Session& session, const yang::Node& rpc)
{
    const bool datastore = rpc.child("datastore").has_value();
    const Asking asking { "establish-subscription", datastore };
    if (core.subscriptions.classic(session.id)) { // RFC 8640, 3
        throw RpcError("operation-not-supported",
            "this session has a subscription by create-subscription already");
    }
    checkEncoding(rpc, asking);
    checkRoom(core, session, asking);
    return datastore ? establishPush(core, session, rpc) : establishStream(core, session, rpc);
}

Body callModifySubscription(Core& core, const Session& session, const yang::Node& rpc)
{
    const uint32_t id = idOf(rpc);
    const auto stop = timeOf(rpc, "stop-time");
    checkStop(stop, system_clock::now(), "now");
    if (const PushRequest* const former = core.push.find(session.id, id)) {
        const Asking asking { "modify-subscription", true };
        PushRequest next = *former;
        if (rpc.value("datastore").value_or(former->datastore) != former->datastore) {
            throw mistake("datastore", "a subscription stays with its datastore");
        }
        if (NamedFilter named = filterOf(core, rpc, OfDatastore, asking); named.given) {
            next.filter = std::move(named.filter);
            next.reference = named.reference;
        }
        if (rpc.child("periodic") || rpc.child("on-change")) {
            if (former->period.has_value() != rpc.child("periodic").has_value()) {
                throw mistake(former->period ? "on-change" : "periodic",
                    "a subscription stays periodic, or on change");
            }
            const bool sync = next.syncOnStart;
            readTrigger(rpc, asking, next);
            next.syncOnStart = sync;
        }
        next.stop = stop ? stop : next.stop;
        guarded(asking, [&] { core.push.modify(session.id, id, std::move(next)); });
        return "";
    }
    const Asking asking { "modify-subscription", false };
    NamedFilter named = filterOf(core, rpc, OfStream, asking);
    if (!core.subscriptions.modify(session.id, id,
            named.given ? std::optional(std::move(named.filter)) : std::nullopt, stop,
            named.reference)) {
        throw none(asking, "ietf-subscribed-notifications:no-such-subscription", id);
    }
    return "";
}

Body callDeleteSubscription(Core& core, const Session& session, const yang::Node& rpc)
{
    const uint32_t id = idOf(rpc);
    if (!core.subscriptions.remove(session.id, id) && !core.push.remove(session.id, id)) {
        throw none({ "delete-subscription", false },
            "ietf-subscribed-notifications:no-such-subscription", id);
    }
    return "";
}

Body callKillSubscription(Core& core, const Session&, const yang::Node& rpc)
{
    const uint32_t id = idOf(rpc);
    const std::string reason = sn("no-such-subscription");
    for (const auto& row : core.subscriptions.rows()) {
        if (row.id == id) {
            core.subscriptions.terminate(row.session, id, reason);
            return "";
        }
    }
    for (const auto& row : core.push.rows()) {
        if (row.id == id) {
            core.push.terminate(row.session, id, reason);
            return "";
        }
    }
    throw refused({ "kill-subscription", false }, sn("no-such-subscription"),
        "there is no subscription " + std::to_string(id));
}

Body callResyncSubscription(Core& core, const Session& session, const yang::Node& rpc)
{
    const uint32_t id = idOf(rpc);
    if (!core.push.resync(session.id, id)) {
        throw refused({ "resync-subscription", true }, yp("no-such-subscription-resync"),
            "this session has no subscription " + std::to_string(id) + " that is told of changes");
    }
    return "";
}

void filtersChanged(Core& core)
{
    const std::string reason = sn("filter-unavailable");
    for (const auto& row : core.subscriptions.rows()) {
        if (row.reference.empty()) {
            continue;
        }
        if (auto filter = storedFilter(core, OfStream, row.reference)) {
            core.subscriptions.modify(
                row.session, row.id, std::move(filter), row.stop, row.reference);
            core.netconf.notify(row.session, { wall::now(), subscriptionModified(core, row.id) });
        } else {
            core.subscriptions.terminate(row.session, row.id, reason);
        }
    }
    for (const auto& row : core.push.rows()) {
        if (row.request->reference.empty()) {
            continue;
        }
        if (auto filter = storedFilter(core, OfDatastore, row.request->reference)) {
            PushRequest next = *row.request;
            next.filter = std::move(*filter);
            try { // boundary: one subscription of many
                core.push.modify(row.session, row.id, std::move(next));
            } catch (const std::runtime_error&) {
                core.push.terminate(row.session, row.id, reason);
                continue;
            }
            core.netconf.notify(row.session, { wall::now(), subscriptionModified(core, row.id) });
        } else {
            core.push.terminate(row.session, row.id, reason);
        }
    }
}

} // namespace agent
