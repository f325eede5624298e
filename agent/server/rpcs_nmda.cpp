// get-data and edit-data (RFC 8526).
#include "agent/server/core.h"
#include "agent/server/rpcs_config.h"
#include "agent/server/selection.h"
#include "common/text.h"
#include "common/yang_internal.h"

namespace agent {

namespace {

constexpr const char* Space = "urn:ietf:params:xml:ns:yang:ietf-netconf-nmda";

RpcError noSuch(const std::string& datastore)
{
    RpcError error("invalid-value", "there is no datastore " + text::quoted(datastore) + " here");
    error.info.emplace_back("bad-element", "datastore");
    return error;
}

Shown shownOf(const std::string& datastore)
{
    if (datastore == "ietf-datastores:operational") {
        return Shown::Operational;
    }
    if (datastore == "ietf-datastores:running" || datastore == "ietf-datastores:intended") {
        return Shown::Running; // nothing is between the two
    }
    if (datastore == "ietf-datastores:candidate") {
        return Shown::Candidate;
    }
    throw noSuch(datastore);
}

Filter filterOf(const Core& core, const yang::Node& rpc)
{
    if (const auto subtree = rpc.child("subtree-filter")) {
        const auto content = subtree->content();
        return Filter::subtree(core.context, content ? content->raw() : nullptr);
    }
    const auto xpath = rpc.value("xpath-filter");
    return xpath ? Filter::xpath(core.context, *xpath) : Filter();
}

Origins originsOf(const yang::Node& rpc)
{
    Origins out { .annotated = rpc.child("with-origin").has_value() };
    for (const char* const name : { "origin-filter", "negated-origin-filter" }) {
        if (rpc.child(name)) {
            out.filter = rpc.values(name);
            out.negated = *name == 'n';
            out.filtered = true;
        }
    }
    return out;
}

} // namespace

Body callGetData(Core& core, const Session& session, const yang::Node& rpc)
{
    const Shown shown = shownOf(rpc.valueOr("datastore", ""));
    const uint32_t depth
        = text::number<uint32_t>(rpc.valueOr("max-depth", "unbounded")).value_or(0);
    const Filter filter = filterOf(core, rpc).limited(depth);
    const auto given = rpc.value("with-defaults");
    Selection selection { shown, filter, given ? withDefaults(rpc) : LYD_PRINT_WD_EXPLICIT };
    if (shown == Shown::Operational && !given) {
        selection.defaults = LYD_PRINT_WD_ALL; // values in use (RFC 8526, 3.1.1.2)
    }
    if (const auto config = rpc.value("config-filter")) {
        selection.config = *config == "true";
        selection.state = !selection.config;
        if (shown != Shown::Operational && selection.state) {
            return element("data", Space, "");
        }
    }
    const Origins origins = originsOf(rpc);
    if (origins.annotated || origins.filtered) {
        selection.origins = &origins;
    }
    return evaluated(core, session.id, filter,
        [&] { return element("data", Space, selected(core, session.user, selection)); });
}

Body callEditData(Core& core, const Session& session, const yang::Node& rpc)
{
    const std::string datastore = rpc.valueOr("datastore", "");
    if (datastore != "ietf-datastores:running" && datastore != "ietf-datastores:candidate") {
        if (datastore == "ietf-datastores:operational" || datastore == "ietf-datastores:intended") {
            RpcError error("invalid-value", text::quoted(datastore) + " cannot be edited");
            error.info.emplace_back("bad-element", "datastore");
            throw error;
        }
        throw noSuch(datastore);
    }
    editData(core, session, rpc,
        datastore == "ietf-datastores:running" ? Store::Running : Store::Candidate);
    return "";
}

} // namespace agent
