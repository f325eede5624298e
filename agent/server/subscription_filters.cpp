#include "agent/server/subscription_filters.h"
#include "agent/server/core.h"
#include "agent/server/envelope.h"
#include "common/text.h"

namespace agent {

namespace {

std::string quotedKey(const std::string& value)
{
    return value.find('\'') == value.npos ? "'" + value + "'" : "\"" + value + "\"";
}

std::optional<yang::Node> stored(
    const Core& core, const FilterNodes& nodes, const std::string& name)
{
    return core.datastore.running().find(nodes.stored + quotedKey(name) + "]");
}

/// The filter in a request or a stored one; nothing if there is none.
std::optional<Filter> filterIn(const Core& core, const yang::Node& in, const FilterNodes& nodes)
{
    if (const auto subtree = in.child(nodes.subtree)) {
        const auto content = subtree->content();
        return Filter::subtree(core.context, content ? content->raw() : nullptr);
    }
    if (const auto xpath = in.value(nodes.xpath)) {
        Filter filter = Filter::xpath(core.context, *xpath);
        filter.checkForMany();
        return filter;
    }
    return std::nullopt;
}

std::string sn(const char* identity)
{
    return std::string("ietf-subscribed-notifications:") + identity;
}

} // namespace

const FilterNodes OfStream { "stream-filter-name", "stream-subtree-filter", "stream-xpath-filter",
    "/ietf-subscribed-notifications:filters/stream-filter[name=" };
const FilterNodes OfDatastore { "selection-filter-ref", "datastore-subtree-filter",
    "datastore-xpath-filter",
    "/ietf-subscribed-notifications:filters/ietf-yang-push:selection-filter[filter-id=" };

RpcError unsupported(const Asking& asking, const RpcError& error)
{
    return refused(asking, sn("filter-unsupported"), error.what(),
        element("filter-failure-hint", "", escaped(text::legible(error.what()))));
}

NamedFilter filterOf(
    const Core& core, const yang::Node& rpc, const FilterNodes& nodes, const Asking& asking)
{
    const auto reference = rpc.value(nodes.reference);
    try {
        const auto found = reference ? stored(core, nodes, *reference) : std::nullopt;
        if (reference && !found) {
            throw refused(
                asking, sn("filter-unavailable"), "there is no filter " + text::quoted(*reference));
        }
        auto filter = filterIn(core, found ? *found : rpc, nodes);
        const bool given = filter || reference;
        return { filter ? std::move(*filter) : Filter(), reference.value_or(""), given };
    } catch (const RpcError& error) {
        if (!error.infoXml.empty()) {
            throw;
        }
        throw unsupported(asking, error);
    }
}

std::optional<Filter> storedFilter(
    const Core& core, const FilterNodes& nodes, const std::string& name)
{
    const auto found = stored(core, nodes, name);
    try { // boundary: one stored filter
        return found ? filterIn(core, *found, nodes).value_or(Filter()) : std::optional<Filter>();
    } catch (const RpcError&) {
        return std::nullopt;
    }
}

} // namespace agent
