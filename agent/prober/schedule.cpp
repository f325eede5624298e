#include "agent/prober/schedule.h"
#include "agent/messages.h"
#include "agent/prober/settings.h"
#include "common/log.h"

#include <algorithm>
#include <stdexcept>

namespace agent {

namespace {

using std::chrono::steady_clock;

/// How often a category that takes long to read is reported while it is not finished, and how much
/// longer than such a report takes to be made.
constexpr std::chrono::seconds UnfinishedReports { 5 };
constexpr int UnfinishedShare = 10;

bool same(const Settings& a, const Settings& b)
{
    return a.include == b.include && a.exclude == b.exclude && a.maxEntries == b.maxEntries;
}

} // namespace

Schedule::Schedule(loop::Loop& loop, const yang::Context& context, const Root& root,
    std::string webService, Send send)
    : loop_(loop)
    , context_(context)
    , root_(root)
    , webService_(std::move(webService))
    , send_(std::move(send))
{
}

void Schedule::configure(const yang::Tree& collection)
{
    for (const Probe& probe : probes()) {
        const auto interval = samplingInterval(collection, probe.name);
        if (!interval) {
            const auto found = lines_.find(probe.name);
            if (found != lines_.end()) {
                loop_.cancel(found->second.timer);
                lines_.erase(found);
            }
            continue;
        }
        Settings settings = settingsOf(collection, probe.name);
        settings.webService = webService_;
        const auto [at, added] = lines_.try_emplace(probe.name);
        Line& line = at->second;
        const bool other = added || !same(line.settings, settings);
        if (!other && line.interval == *interval) {
            continue;
        }
        line.probe = &probe;
        line.settings = std::move(settings);
        line.interval = *interval;
        line.next = other ? steady_clock::now() : steady_clock::now() + *interval;
        wait(probe.name, line, line.next);
    }
}

void Schedule::collect(const std::string& category, const std::string& token)
{
    const auto found = lines_.find(category);
    if (found == lines_.end()) {
        throw std::out_of_range("category " + category + " is not enabled");
    }
    Line& line = found->second;
    const auto now = steady_clock::now();
    line.asked = line.tokens.empty() ? now : line.asked;
    line.tokens.push_back(token);
    wait(category, line, now);
}

void Schedule::wait(const std::string& category, Line& line, loop::Moment when)
{
    loop_.cancel(line.timer);
    line.timer = loop_.at(when, [this, category] { due(category); });
}

void Schedule::due(const std::string& category)
{
    Line& line = lines_.at(category);
    const auto start = steady_clock::now();
    hashes_.begin();
    const bool impatient = !line.tokens.empty() && start - line.asked >= Patience;
    const bool wholeOnly = start < line.reportAgain && !impatient;
    Result result = run(*line.probe, root_, line.settings, hashes_, context_, wholeOnly);
    const auto end = steady_clock::now();
    const bool answers = impatient || (!line.tokens.empty() && !result.unfinished);
    if (result.unfinished) {
        // Others that are due get their turn first: the loop fires them before this one again.
        wait(category, line, end);
        if (wholeOnly) {
            return;
        }
    } else {
        // The regular rhythm goes on from where it was; beats that were missed are left out.
        while (line.next <= end) {
            line.next += line.interval;
        }
        wait(category, line, line.next);
    }
    line.reportAgain = end
        + std::max<loop::Moment::duration>(UnfinishedReports, UnfinishedShare * (end - start));
    std::vector<std::string> tokens;
    if (answers) {
        tokens.swap(line.tokens);
    } else {
        tokens.emplace_back();
    }
    const std::string text = result.tree.json();
    for (const std::string& token : tokens) {
        send_({ static_cast<uint16_t>(Message::Collected), { category, token, text }, {} });
    }
    logging::debug(category + ": read in "
        + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(end - start).count())
        + " ms");
}

} // namespace agent
