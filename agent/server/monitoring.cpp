#include "agent/server/monitoring.h"
#include "agent/server/rpc_error.h"
#include "common/digest.h"
#include "common/text.h"
#include "common/yang_internal.h"

#include <cstring>

namespace agent {

namespace {

/// All modules of the context, the imported ones too.
std::vector<const lys_module*> modulesOf(const yang::Context& context)
{
    std::vector<const lys_module*> out;
    uint32_t index = 0;
    while (const lys_module* const module = ly_ctx_get_module_iter(context.raw(), &index)) {
        out.push_back(module);
    }
    return out;
}

std::vector<std::string> featuresOf(const lys_module* module)
{
    std::vector<std::string> out;
    uint32_t index = 0;
    const lysp_feature* feature = nullptr;
    while ((feature = lysp_feature_next(feature, module->parsed, &index))) {
        if (feature->flags & LYS_FENABLED) {
            out.emplace_back(feature->name);
        }
    }
    return out;
}

/// Modules with deviations of it (RFC 6020, 5.6.4).
std::vector<std::string> deviationsOf(const lys_module* module)
{
    std::vector<std::string> out;
    LY_ARRAY_COUNT_TYPE u;
    LY_ARRAY_FOR(module->deviated_by, u)
    {
        out.emplace_back(module->deviated_by[u]->name);
    }
    return out;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string out;
    for (const std::string& word : words) {
        out += (out.empty() ? "" : ",") + word;
    }
    return out;
}

/// Other after any change of the modules, their revisions or features (RFC 8525, 3).
std::string contentId(const yang::Context& context)
{
    digest::Sha256 sum;
    for (const lys_module* const module : modulesOf(context)) {
        sum.add(std::string(module->name) + "@" + (module->revision ? module->revision : "")
            + (module->implemented ? "+" : "-") + joined(featuresOf(module)) + "\n");
    }
    return sum.hex().substr(0, 16);
}

yang::Tree readLibrary(const yang::Context& context)
{
    lyd_node* root = nullptr;
    const LY_ERR rc
        = ly_ctx_get_yanglib_data(context.raw(), &root, "%s", contentId(context).c_str());
    yang::Tree tree(root);
    yang::check(rc, context.raw(), "yang-library");
    const yang::Node library = *tree.find("/ietf-yang-library:yang-library");
    for (const char* const name : { "running", "candidate", "operational" }) {
        library.entry("datastore", "ietf-datastores:" + std::string(name))
            .leaf("schema", "complete");
    }
    return tree;
}

const char* const Monitored = "/ietf-netconf-monitoring:netconf-state";

template <typename Counters> void count(const yang::Node& to, const Counters& from)
{
    to.leaf("in-rpcs", static_cast<uint32_t>(from.inRpcs)); // zero-based-counter32 wraps
    to.leaf("in-bad-rpcs", static_cast<uint32_t>(from.inBadRpcs));
    to.leaf("out-rpc-errors", static_cast<uint32_t>(from.outRpcErrors));
    to.leaf("out-notifications", static_cast<uint32_t>(from.outNotifications));
}

} // namespace

std::vector<std::string> capabilities(const yang::Context& context)
{
    const std::string prefix = "urn:ietf:params:netconf:capability:";
    std::vector<std::string> out = { "urn:ietf:params:netconf:base:1.0",
        "urn:ietf:params:netconf:base:1.1", prefix + "writable-running:1.0",
        prefix + "candidate:1.0", prefix + "confirmed-commit:1.1", prefix + "rollback-on-error:1.0",
        prefix + "validate:1.1", prefix + "xpath:1.0", prefix + "notification:1.0",
        prefix + "interleave:1.0",
        prefix
            + "with-defaults:1.0?basic-mode=explicit"
              "&also-supported=report-all,report-all-tagged,trim" };
    for (const lys_module* const module : modulesOf(context)) {
        const std::string revision = module->revision ? module->revision : "";
        if (strcmp(module->name, "ietf-yang-library") == 0) {
            out.push_back(prefix + "yang-library:1.1?revision=" + revision
                + "&content-id=" + contentId(context));
        } else if (module->implemented && module->parsed->version != LYS_VERSION_1_1) {
            const std::string features = joined(featuresOf(module));
            const std::string deviations = joined(deviationsOf(module));
            out.push_back(std::string(module->ns) + "?module=" + module->name
                + (revision.empty() ? "" : "&revision=" + revision)
                + (features.empty() ? "" : "&features=" + features)
                + (deviations.empty() ? "" : "&deviations=" + deviations));
        }
    }
    return out;
}

std::string schemaText(const yang::Context& context, const std::string& identifier,
    const std::optional<std::string>& version, const std::optional<std::string>& format)
{
    if (format && *format != "ietf-netconf-monitoring:yang") {
        throw RpcError("invalid-value", "schemas are given in format yang, not " + *format);
    }
    const lys_module* found = nullptr;
    for (const lys_module* const module : modulesOf(context)) {
        if (identifier != module->name
            || (version && *version != (module->revision ? module->revision : ""))) {
            continue;
        }
        if (found) {
            throw RpcError("operation-failed",
                "there is more than one version of " + text::quoted(identifier), {},
                "data-not-unique");
        }
        found = module;
    }
    if (!found) {
        throw RpcError("invalid-value",
            "there is no schema " + text::quoted(identifier)
                + (version ? " of version " + text::quoted(*version) : ""));
    }
    if (auto known = context.text(identifier)) {
        return *known;
    }
    char* printed = nullptr; // one of those that libyang has inside
    yang::check(lys_print_mem(&printed, found, LYS_OUT_YANG, 0), context.raw(), identifier);
    const yang::Text text(printed);
    return text.get();
}

Monitoring::Monitoring(const yang::Context& context, const std::vector<std::string>& capabilities)
    : context_(context)
    , library_(readLibrary(context))
{
    const yang::Node state = state_.at(context, Monitored);
    const yang::Node listed = state.container("capabilities");
    for (const std::string& capability : capabilities) {
        listed.leaf("capability", capability);
    }
    const yang::Node schemas = state.container("schemas");
    for (const lys_module* const module : modulesOf(context)) {
        const yang::Node schema = schemas.entry("schema",
            { module->name, module->revision ? module->revision : "",
                "ietf-netconf-monitoring:yang" });
        schema.leaf("namespace", module->ns);
        schema.leaf("location", "NETCONF");
    }
}

const yang::Tree& Monitoring::netconfState(const NetconfServer& server, const Datastore& datastore)
{
    const yang::Node state = state_.at(context_, Monitored);
    for (const char* const name : { "datastores", "sessions", "statistics" }) {
        if (const auto old = state.child(name)) {
            old->remove();
        }
    }
    for (const Store store : { Store::Running, Store::Candidate }) {
        const yang::Node entry = state.container("datastores").entry("datastore", nameOf(store));
        if (const auto& lock = datastore.lock(store)) {
            const yang::Node global = entry.container("locks").container("global-lock");
            global.leaf("locked-by-session", lock->session);
            global.leaf("locked-time", lock->since);
        }
    }
    const yang::Node sessions = state.container("sessions");
    for (const Session* const session : server.sessions()) {
        const yang::Node entry = sessions.entry("session", std::to_string(session->id));
        entry.leaf("transport", std::string("ietf-netconf-monitoring:") + session->transport);
        entry.leaf("username", text::carried(session->user));
        entry.leaf("source-host", session->host);
        entry.leaf("login-time", session->since);
        count(entry, *session);
    }
    const NetconfServer::Totals& totals = server.totals();
    const yang::Node statistics = state.container("statistics");
    statistics.leaf("netconf-start-time", totals.since);
    statistics.leaf("in-bad-hellos", totals.inBadHellos);
    statistics.leaf("in-sessions", totals.inSessions);
    statistics.leaf("dropped-sessions", totals.droppedSessions);
    count(statistics, totals);
    return state_;
}

yang::Tree Monitoring::streams(const ReportLog& log) const
{
    yang::Tree tree;
    const yang::Node streams = tree.at(context_, "/nc-notifications:netconf/streams");
    const auto stream = [&](const char* name, const char* description) {
        const yang::Node entry = streams.entry("stream", name);
        entry.leaf("description", description);
        entry.leaf("replaySupport", true);
        entry.leaf("replayLogCreationTime", wall::dateAndTime(log.created()));
    };
    stream("NETCONF", "All notifications; those of femto-security are logged for replay.");
    stream("femto-security", "Reports of the security configuration collection.");
    return tree;
}

yang::Tree Monitoring::counters(const Access& access) const
{
    yang::Tree tree;
    const yang::Node nacm = tree.at(context_, "/ietf-netconf-acm:nacm");
    nacm.leaf("denied-operations", access.deniedOperations);
    nacm.leaf("denied-data-writes", access.deniedWrites);
    nacm.leaf("denied-notifications", access.deniedNotifications);
    return tree;
}

} // namespace agent
