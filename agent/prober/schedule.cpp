#include "agent/prober/schedule.h"
#include "agent/messages.h"
#include "agent/prober/settings.h"
#include "agent/prober/vendor/extension.h"
#include "common/clock.h"
#include "common/log.h"

#include <algorithm>
#include <ctime>
#include <stdexcept>

namespace agent {

namespace {

using std::chrono::steady_clock;

/// How often a category that takes long to read is reported while it is not finished, and how much
/// longer than such a report takes to be made.
constexpr std::chrono::seconds UnfinishedReports { 5 };
constexpr int UnfinishedShare = 10;

/// All is read again after this many intervals, and not more often than this.
constexpr int BelievedIntervals = 10;
constexpr std::chrono::seconds Believed { 60 };
/// Readings on account of hints take no more than a twentieth of a processor, counted over this
/// much of the time: a few come at once, many do not.
constexpr std::chrono::seconds HintsCounted { 3 };
constexpr int HintsShare = 20;
constexpr std::chrono::milliseconds HintsApart { 20 };
/// Files of a category that is looked at more often than this are looked at at hints in between.
constexpr std::chrono::seconds FilesAgain { 5 };
/// Beats keep to whole ones of these: several categories cost one awakening then.
constexpr std::chrono::milliseconds Step { 200 };
/// A reading that takes longer lets others have their turn so often.
constexpr std::chrono::milliseconds Breath { 50 };
/// That nothing has changed is not told more often.
constexpr std::chrono::seconds UnchangedReports { 10 };

/// What this process has computed: on a busy node a reading takes much longer than it costs.
std::chrono::nanoseconds computed()
{
    timespec all {};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all);
    return std::chrono::seconds(all.tv_sec) + std::chrono::nanoseconds(all.tv_nsec);
}

bool same(const Settings& a, const Settings& b)
{
    return a.include == b.include && a.exclude == b.exclude && a.maxEntries == b.maxEntries
        && a.staleAfter == b.staleAfter;
}

} // namespace

Schedule::Schedule(loop::Loop& loop, const yang::Context& context, const Root& root,
    const Vendor& vendor, Send send, Events* events)
    : loop_(loop)
    , context_(context)
    , root_(root)
    , webService_(vendor.webService)
    , send_(std::move(send))
    , facts_(root, context, vendor, send_)
    , hints_(loop, root, events,
          { [this](const std::string& category, std::chrono::milliseconds settle) {
               hinted(category, settle);
           },
              [this](const std::string& category) {
                  lines_.at(category).sources.reset();
                  hinted(category, {});
              } })
{
}

void Schedule::configure(const yang::Tree& collection)
{
    for (const Probe& probe : probes()) {
        configure(collection, probe.name, &probe);
    }
    for (const std::string& category : extensionCategories(context_)) {
        configure(collection, category, nullptr);
    }
}

void Schedule::configure(
    const yang::Tree& collection, const std::string& category, const Probe* probe)
{
    const auto interval = samplingInterval(collection, category);
    if (!interval) {
        const auto found = lines_.find(category);
        if (found != lines_.end()) {
            loop_.cancel(found->second.timer);
            lines_.erase(found);
            hints_.forget(category);
        }
        return;
    }
    Settings settings = settingsOf(collection, category);
    settings.webService = webService_;
    const auto [at, added] = lines_.try_emplace(category);
    Line& line = at->second;
    const bool other = added || !same(line.settings, settings);
    line.settings = std::move(settings);
    if (!other && line.interval == *interval) {
        return;
    }
    line.probe = probe;
    if (other) {
        line.sources.reset();
    }
    line.interval = *interval;
    line.next = other ? steady_clock::now() : steady_clock::now() + *interval;
    wait(category, line, line.next);
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

void Schedule::lost(const std::string& category)
{
    if (const auto found = lines_.find(category); found != lines_.end()) {
        found->second.sources.reset();
        found->second.again = category == reading_;
    }
}

void Schedule::lostAll()
{
    for (auto& [category, line] : lines_) {
        line.sources.reset();
        line.again = category == reading_;
        line.next = steady_clock::now();
        wait(category, line, line.next);
    }
}

void Schedule::wait(const std::string& category, Line& line, loop::Moment when)
{
    loop_.cancel(line.timer);
    line.waiting = when;
    line.timer = loop_.at(when, [this, category] { due(category); });
}

void Schedule::hinted(const std::string& category, std::chrono::milliseconds settle)
{
    Line& line = lines_.at(category);
    line.again = line.again || category == reading_;
    line.filesAgain = {};
    const auto when = std::max(steady_clock::now() + settle, line.mayHint);
    if (when < line.waiting) {
        wait(category, line, when);
    }
}

/// Until it may be looked at again on account of a hint.
void Schedule::rest(Line& line, std::chrono::nanoseconds since)
{
    const auto end = steady_clock::now();
    const auto share = HintsShare * (computed() - since);
    line.paid = std::min(std::max(line.paid, end - HintsCounted), end) + share;
    line.mayHint = std::max(line.paid, end + HintsApart);
}

void Schedule::nextBeat(const std::string& category, Line& line, loop::Moment now)
{
    // The regular rhythm goes on from where it was; beats that were missed are left out.
    line.next -= line.next.time_since_epoch() % Step;
    while (line.next <= now) {
        line.next += line.interval;
    }
    wait(category, line, line.next);
}

bool Schedule::sameSources(const std::string& category, Line& line, loop::Moment now) const
{
    if (now < line.filesAgain && hints_.hears(category)) {
        return line.sources->sameActivity(root_);
    }
    line.filesAgain = now + FilesAgain;
    return line.sources->unchanged(root_);
}

/// True if nothing needs to be read, and that was told if it was time to.
bool Schedule::unchanged(const std::string& category, Line& line, loop::Moment now)
{
    const auto spent = computed();
    if (!line.tokens.empty() || !line.sources || now >= line.readAgain
        || !sameSources(category, line, now)) {
        return false;
    }
    const bool often = line.settings.staleAfter < 3 * UnchangedReports;
    if (often || now - line.sent >= UnchangedReports) {
        line.sent = now;
        const yang::Node row = line.status.at(context_, statusPath(category));
        if (const auto before = row.child("collected-at")) {
            before->remove();
        }
        row.leaf("collected-at", wall::now());
        if (const auto before = row.child("missed-events")) {
            before->remove();
        }
        if (const uint64_t missed = hints_.missed(category)) {
            row.leaf("missed-events", missed);
        }
        send_({ static_cast<uint16_t>(Message::Collected),
            { category, "", line.status.json(), "unchanged" }, {} });
    }
    nextBeat(category, line, now);
    rest(line, spent);
    return true;
}

/// What the next beats are compared with.
void Schedule::finished(const std::string& category, Line& line, Result result, Sources sources)
{
    const yang::Node inventory = *result.tree.find(InventoryPath);
    if (category == "running-processes") {
        std::set<std::string> programs;
        for (const yang::Node& program :
            inventory.child("running-processes")->children("program")) {
            programs.insert(program.valueOr("executable", ""));
        }
        hints_.know(std::move(programs));
    }
    if (sources.certain()) {
        line.sources = std::move(sources);
        inventory.remove();
        line.status = std::move(result.tree);
    }
}

Result Schedule::look(const std::string& category, const Line& line, bool wholeOnly)
{
    if (!line.probe) {
        return runExtension(category, line.settings, facts_, context_);
    }
    if (reading()) { // one in the other is enough
        return run(*line.probe, root_, line.settings, hashes_, facts_, context_, wholeOnly);
    }
    reading_ = category;
    breath_ = steady_clock::now() + Breath;
    Result result = run(*line.probe, root_, line.settings, hashes_, facts_, context_, wholeOnly,
        [this] { breathe(); });
    reading_.clear();
    if (inBreath_) {
        std::rethrow_exception(std::exchange(inBreath_, nullptr));
    }
    return result;
}

/// Whatever is ready or due, into the middle of a reading.
void Schedule::breathe()
{
    if (steady_clock::now() < breath_) {
        return;
    }
    const auto spent = hashes_.spent();
    const Root::Recording none(root_, nullptr);
    breath_ = loop::Moment::max(); // not in the middle of this
    try { // boundary: what others throw is not the reading's
        loop_.once({});
    } catch (...) {
        inBreath_ = std::current_exception();
    }
    breath_ = inBreath_ ? loop::Moment::max() : steady_clock::now() + Breath;
    hashes_.resume(spent);
}

void Schedule::due(const std::string& category)
{
    Line& line = lines_.at(category);
    if (category == reading_) {
        return; // the one that is being read sets the next time
    }
    const auto start = steady_clock::now();
    const auto spent = computed();
    if (unchanged(category, line, start)) {
        return;
    }
    hashes_.begin();
    line.again = false;
    const bool impatient = !line.tokens.empty() && start - line.asked >= Patience;
    const bool wholeOnly = start < line.reportAgain && !impatient;
    Sources sources;
    Result result = [&] {
        const Root::Recording recording(root_, &sources);
        return look(category, line, wholeOnly);
    }();
    const auto end = steady_clock::now();
    const bool answers = impatient || (!line.tokens.empty() && !result.unfinished);
    line.sources.reset();
    if (result.unfinished) {
        // Others that are due get their turn first: the loop fires them before this one again.
        wait(category, line, end);
        if (wholeOnly) {
            return;
        }
    } else {
        nextBeat(category, line, end);
        rest(line, spent); // what is read in parts is done on its own account
    }
    line.reportAgain = end
        + std::max<loop::Moment::duration>(UnfinishedReports, UnfinishedShare * (end - start));
    std::vector<std::string> tokens;
    if (answers) {
        tokens.swap(line.tokens);
    } else {
        tokens.emplace_back();
    }
    if (const uint64_t missed = hints_.missed(category)) {
        result.tree.at(context_, statusPath(category)).leaf("missed-events", missed);
    }
    const std::string text = result.tree.json();
    if (!result.unfinished) {
        line.filesAgain = {};
        if (hints_.follow(category, sources)) { // of what is not there too
            wait(
                category, line, std::min(line.next, line.mayHint)); // to see what changed meanwhile
        }
    }
    if (result.content && !result.unfinished) {
        line.sent = end;
        line.readAgain
            = end + std::max<loop::Moment::duration>(Believed, BelievedIntervals * line.interval);
        finished(category, line, std::move(result), std::move(sources));
    }
    for (const std::string& token : tokens) {
        send_({ static_cast<uint16_t>(Message::Collected), { category, token, text }, {} });
    }
    if (line.again && !result.unfinished) {
        line.sources.reset();
        wait(category, line, std::min(line.next, line.mayHint));
    }
    memory_.giveBackSoon();
    logging::debug(category + ": read in "
        + std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(end - start).count())
        + " ms");
}

} // namespace agent
