// Which reports go out, and when.
#include "agent/server/change_report.h"
#include "agent/server/reporter_hidden.h"

#include <algorithm>

namespace agent {

namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using std::chrono::system_clock;

constexpr size_t PartSize = 256u << 10; // of a full report, unless one category is larger
constexpr milliseconds Together { 50 }; // periods that end within this share a report
constexpr milliseconds LongestWait { 600'000 }; // then the clock, which may be set, is read again

using Ticks = std::chrono::duration<int64_t, std::centi>;

/// Categories in groups that make a report of bearable size.
std::vector<std::vector<std::string>> parts(const std::vector<std::string>& names,
    const std::map<std::string, ReportedCategory>& categories)
{
    std::vector<std::vector<std::string>> out;
    size_t size = 0;
    for (const std::string& name : names) {
        const size_t own = categories.at(name).size;
        if (out.empty() || size + own > PartSize) {
            out.emplace_back();
            size = 0;
        }
        size += own;
        out.back().push_back(name);
    }
    return out;
}

} // namespace

void Reporter::Hidden::told(ReportedCategory& category)
{
    category.toldGeneration = category.summary.generation;
    category.toldDigest = category.summary.digest;
    category.toldStatus = category.summary.status;
    category.toldReasons = category.summary.reasons;
    category.toldContent.reset();
    loop.cancel(category.dampening);
    category.dampening = 0;
}

/// Header of the last part; nothing if there are no categories.
std::optional<Reporter::Header> Reporter::Hidden::fullReport(
    const std::vector<std::string>& names, const char* trigger, const std::string& nonce)
{
    const auto groups = parts(names, categories);
    std::optional<Header> last;
    for (size_t i = 0; i < groups.size(); ++i) {
        yang::Tree report = publisher.begin("security-report");
        const yang::Node top = report.root();
        top.leaf("trigger", trigger);
        if (!nonce.empty()) {
            top.leaf("nonce", nonce);
        }
        top.leaf("part", i + 1);
        top.leaf("parts", groups.size());
        for (const std::string& name : groups[i]) {
            categories.at(name).summary.write(top);
        }
        std::string inventory;
        for (const std::string& name : groups[i]) {
            if (const auto content = live.content(name)) {
                content->write(inventory);
            }
            told(categories.at(name));
        }
        last = publisher.publish(std::move(report), inventory);
    }
    return last;
}

/// Reports a change at once, or when the dampening period since the last one is over.
void Reporter::Hidden::considerChange(const std::string& name)
{
    ReportedCategory& category = categories.at(name);
    if (category.toldContent && same(*category.toldContent, live.content(name))) {
        category.toldContent.reset(); // it has come back to what was told
    }
    const bool other = category.toldContent || category.summary.status != category.toldStatus
        || category.summary.reasons != category.toldReasons;
    if (!other || !settings(name).onChange) {
        return;
    }
    const Ticks quiet(settings(name).dampening);
    if (!category.changeTold || steady_clock::now() - *category.changeTold >= quiet) {
        changeReport(name);
    } else if (category.dampening == 0) {
        category.dampening = loop.at(*category.changeTold + quiet, [this, name] {
            categories.at(name).dampening = 0;
            considerChange(name);
        });
    }
}

void Reporter::Hidden::changeReport(const std::string& name)
{
    ReportedCategory& category = categories.at(name);
    yang::Tree report = publisher.begin("security-change");
    category.summary.write(report.root());
    if (category.toldContent) {
        const auto former = *category.toldContent;
        const auto now = live.content(name);
        const Differing trees = differing(context, former.get(), now.get());
        addEdits(report.root(),
            { name, category.toldGeneration,
                former ? contentIn(trees.former, former->schema()) : std::nullopt,
                now ? contentIn(trees.now, now->schema()) : std::nullopt });
    }
    told(category);
    category.changeTold = steady_clock::now();
    publisher.publish(std::move(report));
}

void Reporter::Hidden::heartbeat()
{
    yang::Tree report = publisher.begin("collection-heartbeat");
    const yang::Node top = report.root();
    const auto up = std::chrono::duration_cast<seconds>(steady_clock::now() - started);
    top.leaf("interval", collection->heartbeatInterval);
    top.leaf("uptime", up.count());
    top.leaf("dropped-reports", publisher.dropped());
    for (const auto& [name, category] : categories) {
        // What has been reported, not what is: a change that is dampened is no loss.
        CategorySummary summary;
        summary.type = name;
        summary.status
            = category.toldStatus.empty() ? category.summary.status : category.toldStatus;
        summary.reasons = category.toldReasons;
        summary.collectedAt = category.summary.collectedAt;
        summary.generation = category.toldGeneration;
        summary.digest = category.toldDigest;
        summary.write(top);
    }
    publisher.publish(std::move(report));
}

void Reporter::Hidden::restartHeartbeat(bool atOnce)
{
    loop.cancel(heartbeatTimer);
    heartbeatTimer = 0;
    nextHeartbeat = steady_clock::now();
    if (collection->heartbeatInterval == 0) {
        return;
    }
    if (atOnce) {
        heartbeat();
    }
    const auto again = [this](const auto& self) -> void {
        const seconds interval(collection->heartbeatInterval);
        do {
            nextHeartbeat += interval; // missed ones are left out
        } while (nextHeartbeat <= steady_clock::now());
        heartbeatTimer = loop.at(nextHeartbeat, [this, self] {
            heartbeat();
            self(self);
        });
    };
    again(again);
}

void Reporter::Hidden::restartPeriod(const std::string& name)
{
    ReportedCategory& category = categories.at(name);
    loop.cancel(category.period);
    category.period = 0;
    category.due = steady_clock::now();
    category.dueTime.reset();
    if (settings(name).periodic) {
        nextPeriod(name);
    }
}

/// From one periodic report to the next; those that were missed are left out.
void Reporter::Hidden::nextPeriod(const std::string& name)
{
    ReportedCategory& category = categories.at(name);
    const CategorySettings& own = settings(name);
    const seconds period(own.period);
    if (own.anchor) {
        const auto now = system_clock::now();
        const auto from
            = std::chrono::floor<milliseconds>(std::max(now, category.dueTime.value_or(now)));
        // By milliseconds, for the anchor may be centuries away; negative before it.
        auto into = (from - std::chrono::floor<milliseconds>(*own.anchor)) % period;
        into += into < into.zero() ? period : seconds(0);
        category.dueTime = from + (period - into);
    } else {
        const auto missed = (steady_clock::now() - category.due) / period;
        category.due += (std::max<int64_t>(missed, 0) + 1) * period;
    }
    waitForPeriod(name);
}

void Reporter::Hidden::waitForPeriod(const std::string& name)
{
    ReportedCategory& category = categories.at(name);
    if (category.dueTime) {
        category.due = steady_clock::now() + (*category.dueTime - system_clock::now());
    }
    const auto until = std::min(category.due, steady_clock::now() + LongestWait);
    category.period = loop.at(until, [this, name] {
        ReportedCategory& one = categories.at(name);
        one.period = 0;
        const auto now = system_clock::now();
        if (one.dueTime && *one.dueTime - now > seconds(settings(name).period)) {
            one.dueTime.reset(); // the clock was set back
            nextPeriod(name);
        } else if (one.dueTime ? *one.dueTime > now : one.due > steady_clock::now()) {
            waitForPeriod(name);
        } else {
            periodEnded();
        }
    });
}

void Reporter::Hidden::periodEnded()
{
    std::vector<std::string> names;
    for (const auto& [name, category] : categories) {
        if (category.active && settings(name).periodic
            && category.due <= steady_clock::now() + Together) {
            names.push_back(name);
        }
    }
    fullReport(names, "periodic");
    for (const std::string& name : names) {
        loop.cancel(categories.at(name).period);
        nextPeriod(name);
    }
}

void Reporter::Hidden::waitForStaleness(const std::string& name)
{
    ReportedCategory& category = categories.at(name);
    loop.cancel(category.staleness);
    category.staleness = 0;
    if (category.summary.usable() && category.summary.status != statusName("stale")) {
        category.staleness = loop.at(category.good + seconds(settings(name).staleAfter),
            [this, name] { becameStale(name); });
    }
}

void Reporter::Hidden::becameStale(const std::string& name)
{
    ReportedCategory& category = categories.at(name);
    category.staleness = 0;
    category.summary.status = statusName("stale");
    category.summary.detail = "no result since " + category.summary.collectedAt.value_or("ever");
    live.setRow(category.summary);
    considerChange(name);
}

} // namespace agent
