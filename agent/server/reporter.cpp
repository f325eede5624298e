#include "agent/server/reporter.h"
#include "agent/messages.h"
#include "agent/server/clock_state.h"
#include "agent/server/reporter_hidden.h"
#include "agent/server/weakening.h"
#include "common/log.h"
#include "common/patch.h"
#include "common/text.h"

#include <algorithm>

namespace agent {

namespace {

using std::chrono::steady_clock;

/// The only row of a result, which must be about `name` and nothing else.
yang::Node onlyRow(const yang::Tree& result, const std::string& name)
{
    const auto foreign = [&](yang::Node node) {
        return yang::Error("a result of " + name + " holds " + node.path());
    };
    std::optional<yang::Node> row;
    for (const yang::Node& top : result.root().siblings()) {
        for (const yang::Node& part : top.children()) {
            for (const yang::Node& node : part.children()) {
                const bool status = part.name() == "status" && node.name() == "category"
                    && node.value("type") == name && !row;
                const bool content = part.name() == "inventory"
                    && (node.name() == shortName(name)
                        || (node.name() == "extension" && node.value("category") == name));
                if (status) {
                    row = node;
                } else if (!content && !node.implied()) {
                    throw foreign(node);
                }
            }
        }
    }
    if (!row) {
        throw yang::Error("a result of " + name + " has no status");
    }
    return *row;
}

bool hasContent(const yang::Tree& result)
{
    const auto inventory = result.find("/femto-security:femto-security/inventory");
    return inventory && std::ranges::any_of(inventory->children(), [](yang::Node content) {
        return !content.implied();
    });
}

} // namespace

Reporter::Hidden::Hidden(
    const yang::Context& yang, loop::Loop& events, ReportLog& reports, std::string id, Outlets out)
    : context(yang)
    , loop(events)
    , log(reports)
    , nodeId(std::move(id))
    , outlets(std::move(out))
    , publisher(yang, reports, outlets.publish)
    , live(yang, outlets.changed)
{
    live.setLeaf("epoch", publisher.last().epoch);
    live.setLeaf("agent-version", FEMTOWATCH_VERSION);
    for (const std::string& name : standardCategories(context)) {
        ReportedCategory& category = categories[name];
        category.summary.type = name;
        category.summary.status = statusName("disabled");
        live.setRow(category.summary);
    }
}

Reporter::Hidden::~Hidden()
{
    loop.cancel(heartbeatTimer);
    for (auto& [name, category] : categories) {
        loop.cancel(category.dampening);
        loop.cancel(category.staleness);
        loop.cancel(category.period);
    }
    for (auto& [token, request] : requests) {
        loop.cancel(request.timeout);
    }
}

const CategorySettings& Reporter::Hidden::settings(const std::string& name) const
{
    return collection->categories.at(name);
}

void Reporter::Hidden::tellProber()
{
    if (prober && collection) {
        outlets.toProber({ static_cast<uint16_t>(Message::Configure), { collection->text }, {} });
    }
}

void Reporter::Hidden::configChanged(const Collection& before, const Origin& origin)
{
    yang::Tree report = publisher.begin("collection-config-changed");
    const yang::Node top = report.root();
    if (origin.session != 0) {
        top.leaf("username", text::carried(origin.user));
    }
    top.leaf("session-id", origin.session);
    if (!origin.host.empty()) {
        try { // boundary: a host that is not one is left out, the report is not
            top.leaf("source-host", origin.host);
        } catch (const yang::Error& error) {
            logging::warning("source-host: " + std::string(error.what()));
        }
    }
    for (const std::string& name : changedCategories(before, *collection)) {
        top.leaf("category", name);
    }
    const std::vector<std::string> lines = weakenings(before, *collection);
    top.leaf("weakened", !lines.empty());
    for (const std::string& line : lines) {
        top.leaf("weakening", text::carried(line));
    }
    publisher.publish(std::move(report));
}

/// Puts a content in the place of the former. Returns whether it is another, and keeps what was
/// last told.
bool Reporter::Hidden::exchange(const std::string& name, const std::shared_ptr<const Content>& next)
{
    ReportedCategory& category = categories.at(name);
    const std::shared_ptr<const Content> former = live.exchange(name, next);
    if (same(former, next)) {
        return false;
    }
    category.summary.digest = next ? std::optional(next->digest()) : std::nullopt;
    category.summary.changedAt = wall::now();
    ++category.summary.generation;
    if (!category.toldContent) {
        category.toldContent = former;
    }
    return true;
}

void Reporter::Hidden::enable(const std::string& name)
{
    ReportedCategory& category = categories.at(name);
    category.active = true;
    category.known = false;
    category.summary.status = statusName("not-collected");
    category.summary.detail = "no result yet";
    category.toldStatus = category.summary.status;
    live.setRow(category.summary);
    restartPeriod(name);
}

void Reporter::Hidden::disable(const std::string& name)
{
    ReportedCategory& category = categories.at(name);
    category.active = category.holds = false;
    for (auto* timer : { &category.dampening, &category.staleness, &category.period }) {
        loop.cancel(*timer);
        *timer = 0;
    }
    exchange(name, {});
    CategorySummary summary;
    summary.type = name;
    summary.status = statusName("disabled");
    summary.changedAt = category.summary.changedAt;
    summary.generation = category.summary.generation;
    category.summary = std::move(summary);
    live.setRow(category.summary);
    changeReport(name);
    refuseAll(shortName(name) + " has been disabled", name);
}

/// Brings a category to its settings, which may be the first, others than before, or gone.
void Reporter::Hidden::applySettings(const std::string& name, const CategorySettings* before)
{
    ReportedCategory& category = categories[name];
    category.summary.type = name;
    const CategorySettings* now = collection->active(name);
    if (!now) {
        if (category.active) {
            disable(name);
        } else if (category.summary.status.empty()) {
            category.summary.status = statusName("disabled");
            live.setRow(category.summary);
        }
        return;
    }
    if (!category.active) {
        enable(name);
        return;
    }
    if (!before || now->periodic != before->periodic || now->period != before->period
        || now->anchor != before->anchor) {
        restartPeriod(name);
    }
    if (category.known) {
        waitForStaleness(name);
        loop.cancel(category.dampening);
        category.dampening = 0;
        considerChange(name);
    }
}

/// Takes over what the prober says of an active category.
void Reporter::Hidden::take(const std::string& name, const yang::Tree& result, CategorySummary next)
{
    ReportedCategory& category = categories.at(name);
    const bool usable = next.usable();
    std::shared_ptr<const Content> content;
    const auto inventory = result.find("/femto-security:femto-security/inventory");
    if (const auto found = usable && inventory ? patch::content(*inventory, name) : std::nullopt) {
        content = std::make_shared<const Content>(*found, live.content(name).get());
    }
    exchange(name, content);
    category.holds = usable;
    took(name, std::move(next));
}

/// Takes over a status, the content is what it was.
void Reporter::Hidden::takeUnchanged(const std::string& name, CategorySummary next)
{
    if (!next.usable()) {
        throw yang::Error("a result of " + name + " without content is called unchanged");
    }
    if (categories.at(name).holds) {
        took(name, std::move(next));
    } else {
        outlets.toProber({ static_cast<uint16_t>(Message::Collect), { "", shortName(name) }, {} });
    }
}

void Reporter::Hidden::took(const std::string& name, CategorySummary next)
{
    ReportedCategory& category = categories.at(name);
    const bool usable = next.usable();
    const bool first = !category.known;
    CategorySummary& summary = category.summary;
    next.generation = std::max<uint64_t>(summary.generation, 1);
    next.digest = summary.digest;
    next.changedAt = summary.changedAt;
    if (!usable) {
        next.collectedAt = summary.collectedAt; // of the last one that was
    }
    summary = std::move(next);
    category.known = true;
    live.setRow(summary);
    if (usable) {
        category.good = steady_clock::now();
    }
    waitForStaleness(name);
    if (!first) {
        considerChange(name);
    } else if (settings(name).syncOnStart) {
        fullReport({ name }, "start");
    } else {
        told(category);
    }
}

Reporter::Reporter(const yang::Context& context, loop::Loop& loop, ReportLog& log,
    std::string nodeId, Outlets outlets)
    : hidden_(new Hidden(context, loop, log, std::move(nodeId), std::move(outlets)))
{
}

Reporter::~Reporter() = default;

void Reporter::describe(const schemas::Extensions& extensions)
{
    extensions.describe(hidden_->live.status());
}

void Reporter::configure(const yang::Tree& running, const std::optional<Origin>& origin)
{
    Hidden& all = *hidden_;
    Collection next = readCollection(all.context, running);
    if (all.collection && all.collection->digest == next.digest) {
        return;
    }
    const std::optional<Collection> before = std::move(all.collection);
    all.collection = std::move(next);
    all.log.limit(all.collection->reportLogSize);
    all.publisher.describe(all.collection->nodeId.empty() ? all.nodeId : all.collection->nodeId,
        all.collection->digest);
    all.live.setLeaf("collection-config-digest", all.collection->digest);
    all.tellProber();
    if (before && origin) {
        all.configChanged(*before, *origin);
    }
    if (!before || before->heartbeatInterval != all.collection->heartbeatInterval) {
        all.restartHeartbeat(before.has_value());
    }
    std::set<std::string> names;
    for (const auto& [name, category] : all.categories) {
        names.insert(name);
    }
    for (const auto& [name, settings] : all.collection->categories) {
        names.insert(name);
    }
    for (const std::string& name : names) {
        all.applySettings(name, before ? before->active(name) : nullptr);
    }
}

void Reporter::proberStarted()
{
    hidden_->refuseAll("the prober has been started again");
    hidden_->prober = true;
    for (auto& [name, category] : hidden_->categories) {
        category.holds = false;
    }
    hidden_->tellProber();
}

void Reporter::proberEnded()
{
    hidden_->prober = false;
    hidden_->refuseAll("the prober has ended");
}

void Reporter::received(const frame::Message& message)
{
    if (message.type != static_cast<uint16_t>(Message::Collected)) {
        throw frame::Broken("the prober sends message " + std::to_string(message.type));
    }
    const std::string name = fullName(message.at(0));
    const std::string& text = message.at(2);
    const bool unchanged = message.fields.size() > 3;
    const auto found = hidden_->categories.find(name);
    if (!unchanged && found != hidden_->categories.end()) {
        found->second.holds = false; // until this result is taken over: it is the last one now
    }
    const yang::Tree result = yang::Tree::parse(hidden_->context, text);
    if (!result) {
        throw yang::Error("an empty result of " + text::quoted(name));
    }
    const yang::Node row = onlyRow(result, name);
    if (unchanged
        && (message.at(3) != "unchanged" || !message.at(1).empty() || hasContent(result))) {
        throw yang::Error("a result of " + name + " is called " + text::quoted(message.at(3)));
    }
    CategorySummary summary = CategorySummary::read(row);
    if (found == hidden_->categories.end() || !found->second.active) {
        logging::debug(shortName(name) + ": a result came that is not wanted any more");
        return;
    }
    if (unchanged) {
        hidden_->takeUnchanged(name, std::move(summary));
        return;
    }
    found->second.size = text.size();
    hidden_->take(name, result, std::move(summary));
    if (!message.at(1).empty()) {
        hidden_->answered(message.at(1), name);
    }
}

const yang::Tree& Reporter::state()
{
    LiveTree& live = hidden_->live;
    const Header& last = hidden_->publisher.last();
    live.setLeaf("last-sequence-number", std::to_string(last.sequence));
    const auto oldest = hidden_->log.oldest(last.epoch);
    live.setLeaf("oldest-logged-sequence-number",
        oldest ? std::optional(std::to_string(*oldest)) : std::nullopt);
    const auto synchronized = clockSynchronized();
    live.setLeaf("clock-synchronized",
        synchronized ? std::optional<std::string>(*synchronized ? "true" : "false") : std::nullopt);
    return live.tree();
}

const Contents& Reporter::contents() const
{
    return hidden_->live.contents();
}

void Reporter::dropped()
{
    hidden_->publisher.drop();
}

} // namespace agent
