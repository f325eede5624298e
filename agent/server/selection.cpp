#include "agent/server/selection.h"
#include "agent/server/answer.h"
#include "agent/server/core.h"
#include "agent/server/node_capabilities.h"
#include "agent/server/subscription_state.h"

namespace agent {

std::string selected(Core& core, const std::string& user, const Selection& selection)
{
    const Filter& filter = selection.filter;
    const Question question { core.context, core.access, user, filter, selection.defaults,
        selection.origins };
    if (selection.shown != Shown::Operational) {
        const bool running = selection.shown == Shown::Running;
        return answer(question,
            { running ? core.datastore.running().raw() : core.datastore.candidate().raw() }, {});
    }
    std::vector<const lyd_node*> trees;
    if (selection.config) {
        trees.push_back(core.datastore.running().raw());
    }
    if (!selection.state) {
        return answer(question, std::move(trees), {});
    }
    const bool reports = filter.mayTouch("femto-security");
    if (reports) {
        trees.push_back(core.reporter.state().raw());
    }
    if (filter.mayTouch("ietf-yang-library")) {
        trees.push_back(core.monitoring.library().raw());
    }
    if (filter.mayTouch("ietf-netconf-monitoring")) {
        trees.push_back(core.monitoring.netconfState(core.netconf, core.datastore).raw());
    }
    std::vector<yang::Tree> made;
    if (filter.mayTouch("nc-notifications")) {
        made.push_back(core.monitoring.streams(core.log));
    }
    if (filter.mayTouch("ietf-subscribed-notifications")) {
        made.push_back(subscriptionState(core));
    }
    if (filter.mayTouch("ietf-netconf-acm")) {
        made.push_back(core.monitoring.counters(core.access));
    }
    if (filter.mayTouch("femto-agent-access")) {
        made.push_back(core.accessState.tree(core.context, core.subscriptionLimits));
    }
    if (filter.mayTouch("ietf-system-capabilities")) {
        made.push_back(nodeCapabilities(core.context));
    }
    for (const yang::Tree& tree : made) {
        trees.push_back(tree.raw());
    }
    return answer(question, std::move(trees), reports ? core.reporter.contents() : Contents {});
}

std::optional<std::string> evaluated(
    Core& core, uint32_t session, const Filter& filter, const std::function<std::string()>& work)
{
    if (!filter.reachesFar()) {
        return work();
    }
    core.aside.run(session, work,
        [&core, session](const std::string& text, const std::optional<RpcError>& error) {
            if (error) {
                core.netconf.fail(session, *error);
            } else {
                core.netconf.answer(session, text);
            }
        });
    return std::nullopt;
}

std::string element(std::string_view name, std::string_view space, std::string_view inner)
{
    std::string out = "<";
    out += name;
    if (!space.empty()) {
        out.append(" xmlns=\"").append(space).append("\"");
    }
    if (inner.empty()) {
        return out += "/>";
    }
    out.append(">").append(inner).append("</").append(name).append(">");
    return out;
}

} // namespace agent
