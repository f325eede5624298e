#include "agent/server/rpcs.h"
#include "agent/server/core.h"
#include "agent/server/envelope.h"
#include "agent/server/rpcs_config.h"
#include "agent/server/rpcs_subscriptions.h"
#include "agent/server/selection.h"
#include "common/text.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <cstring>

namespace agent {

namespace {

Filter filterOf(const Core& core, const yang::Node& rpc)
{
    const auto given = rpc.child("filter");
    if (!given) {
        return {};
    }
    const auto attribute = [&](const char* name) -> const char* {
        const lyd_meta* const meta = lyd_find_meta(
            given->raw()->meta, nullptr, (std::string("ietf-netconf:") + name).c_str());
        return meta ? lyd_get_meta_value(meta) : nullptr;
    };
    const char* const type = attribute("type");
    if (!type || strcmp(type, "subtree") == 0) {
        const auto content = given->content();
        return Filter::subtree(core.context, content ? content->raw() : nullptr);
    }
    const char* const select = attribute("select");
    if (!select) {
        RpcError error("missing-attribute", "an XPath filter needs the attribute select");
        error.type = "protocol";
        error.info = { { "bad-attribute", "select" }, { "bad-element", "filter" } };
        throw error;
    }
    return Filter::xpath(core.context, select);
}

Body callGetConfig(Core& core, const Session& session, const yang::Node& rpc)
{
    const bool running = storeOf(*rpc.child("source")) == Store::Running;
    const Filter filter = filterOf(core, rpc);
    return evaluated(core, session.id, filter, [&] {
        return element("data", "",
            selected(core, session.user,
                { running ? Shown::Running : Shown::Candidate, filter, withDefaults(rpc) }));
    });
}

Body callGet(Core& core, const Session& session, const yang::Node& rpc)
{
    const Filter filter = filterOf(core, rpc);
    return evaluated(core, session.id, filter, [&] {
        return element("data", "",
            selected(core, session.user, { Shown::Operational, filter, withDefaults(rpc) }));
    });
}

Body callCloseSession(Core& core, const Session& session, const yang::Node&)
{
    core.netconf.end(session.id, { "closed" });
    return "";
}

Body callKillSession(Core& core, const Session& session, const yang::Node& rpc)
{
    const auto id = text::number<uint32_t>(rpc.valueOr("session-id", ""));
    if (!id || *id == session.id || !core.netconf.find(*id)) {
        RpcError error("invalid-value",
            id == session.id ? "close-session ends a session's own" : "there is no such session");
        error.type = "protocol";
        throw error;
    }
    core.netconf.end(*id, { "killed", session.id });
    return "";
}

Body callGetSchema(Core& core, const Session&, const yang::Node& rpc)
{
    const std::string text = schemaText(
        core.context, rpc.valueOr("identifier", ""), rpc.value("version"), rpc.value("format"));
    return "<data xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">" + escaped(text)
        + "</data>";
}

Body callCreateSubscription(Core& core, const Session& session, const yang::Node& rpc)
{
    const auto time = [&](const char* name) -> std::optional<wall::Time> {
        const auto value = rpc.value(name);
        return value ? wall::parse(*value) : std::nullopt;
    };
    const auto mine = [&](const auto& row) { return row.session == session.id; };
    if (std::ranges::any_of(core.subscriptions.rows(), mine)
        || std::ranges::any_of(core.push.rows(), mine)) { // RFC 8640, 3
        throw RpcError("operation-not-supported",
            "this session has subscriptions by establish-subscription already");
    }
    const Filter filter = filterOf(core, rpc);
    filter.checkForMany();
    core.subscriptions.create(session.id,
        { rpc.valueOr("stream", "NETCONF"), filter, time("startTime"), time("stopTime") });
    return "";
}

std::string leaf(const char* name, const std::string& value)
{
    return "<" + std::string(name) + " xmlns=\"urn:femtowatch:yang:femto-security\">"
        + escaped(value) + "</" + name + ">";
}

/// Answers when the reports are out; the session's other requests wait until then.
Body callCollectNow(Core& core, const Session& session, const yang::Node& rpc)
{
    core.reporter.collectNow(rpc.values("category"), rpc.valueOr("nonce", ""),
        [&core, id = session.id](const Reporter::Header* header, const std::string& error) {
            if (!header) {
                core.netconf.fail(id, RpcError("operation-failed", error));
                return;
            }
            core.netconf.answer(id,
                leaf("node-id", header->nodeId) + leaf("epoch", header->epoch)
                    + leaf("sequence-number", std::to_string(header->sequence))
                    + leaf("collection-config-digest", header->configDigest));
        });
    return std::nullopt;
}

Body callResendReports(Core& core, const Session& session, const yang::Node& rpc)
{
    const std::string epoch = rpc.valueOr("epoch", "");
    const uint64_t from = text::number<uint64_t>(rpc.valueOr("from-sequence", "")).value_or(0);
    const auto given = rpc.value("to-sequence");
    const auto to = given ? text::number<uint64_t>(*given) : std::nullopt;
    if (to && *to < from) {
        throw RpcError("invalid-value", "to-sequence is before from-sequence",
            "/femto-security:resend-reports/to-sequence");
    }
    const auto oldest = core.log.oldest(epoch);
    const size_t count = core.subscriptions.resend(session.id, epoch, from, to);
    return leaf("resent", std::to_string(count))
        + (oldest ? leaf("oldest-available", std::to_string(*oldest)) : "");
}

constexpr Rpc Table[] = {
    { "ietf-netconf", "get", callGet },
    { "ietf-netconf", "get-config", callGetConfig },
    { "ietf-netconf", "edit-config", callEditConfig },
    { "ietf-netconf", "copy-config", callCopyConfig },
    { "ietf-netconf", "validate", callValidate },
    { "ietf-netconf", "commit", callCommit },
    { "ietf-netconf", "discard-changes", callDiscardChanges },
    { "ietf-netconf", "cancel-commit", callCancelCommit },
    { "ietf-netconf", "lock", callLock },
    { "ietf-netconf", "unlock", callUnlock },
    { "ietf-netconf", "close-session", callCloseSession },
    { "ietf-netconf", "kill-session", callKillSession },
    { "ietf-netconf-nmda", "get-data", callGetData },
    { "ietf-netconf-nmda", "edit-data", callEditData },
    { "ietf-netconf-monitoring", "get-schema", callGetSchema },
    { "notifications", "create-subscription", callCreateSubscription },
    { "ietf-subscribed-notifications", "establish-subscription", callEstablishSubscription },
    { "ietf-subscribed-notifications", "modify-subscription", callModifySubscription },
    { "ietf-subscribed-notifications", "delete-subscription", callDeleteSubscription },
    { "ietf-subscribed-notifications", "kill-subscription", callKillSubscription },
    { "ietf-yang-push", "resync-subscription", callResyncSubscription },
    { "femto-security", "collect-now", callCollectNow },
    { "femto-security", "resend-reports", callResendReports },
};

} // namespace

std::span<const Rpc> rpcs()
{
    return Table;
}

} // namespace agent
