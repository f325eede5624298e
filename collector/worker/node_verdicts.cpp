#include "collector/worker/node.h"
#include "common/digest.h"
#include "common/log.h"
#include "common/text.h"

#include <algorithm>

namespace collector {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr int MostIntervals = 16; // of silence, between two looks

} // namespace

CollectionFacts Node::facts() const
{
    CollectionFacts out;
    out.node = assignment_.node;
    const auto ago = std::chrono::steady_clock::now() - heard_;
    out.lastHeard
        = std::chrono::system_clock::now() - std::chrono::duration_cast<wall::Time::duration>(ago);
    out.heartbeatInterval = std::chrono::seconds(wanted_.heartbeat);
    out.lost.emplace();
    for (const Gap& gap : lost_) {
        out.lost->push_back("reports " + std::to_string(gap.from) + " to " + std::to_string(gap.to)
            + " of epoch " + gap.epoch);
    }
    out.weakened = weakened_;
    return out;
}

void Node::judgeAll()
{
    if (!shared_.policy) {
        return;
    }
    judge(belief_.categories());
}

void Node::judge(const std::set<std::string>& changed)
{
    if (!shared_.policy) {
        return;
    }
    const Policy& policy = *shared_.policy;
    std::set<std::string> categories;
    for (const std::string& category : changed) {
        categories.insert(shortCategory(category));
    }
    try { // boundary: a profile that the policy has not
        const std::set<std::string> affected = policy.affected(assignment_.profile, categories);
        std::map<std::string, std::vector<Result>> by;
        for (const std::string& category : affected) {
            by[category];
        }
        for (Result& result : collector::judge(policy, assignment_.profile, belief_.root(), facts(),
                 std::chrono::system_clock::now(), &affected)) {
            by[result.category].push_back(std::move(result));
        }
        for (const auto& [category, results] : by) {
            emit(category, results);
        }
    } catch (const PolicyError& error) {
        logging::error(text::quoted(assignment_.node) + ": " + error.what());
    }
}

void Node::emit(const std::string& category, const std::vector<Result>& results)
{
    const std::string all = json(results).dump();
    const std::string& policy = shared_.policy->digest;
    std::string now = digest::sha256(policy + all);
    std::string& last = emitted_[category];
    if (now == last) {
        return;
    }
    last = std::move(now);
    // Results can be many: they are made into text once.
    shared_.outbox.add("{\"event\":\"verdicts\",\"node\":" + json(assignment_.node).dump()
        + ",\"category\":" + json(category).dump() + ",\"policy\":" + json(policy).dump()
        + ",\"results\":" + all + "}");
}

void Node::closeBatch()
{
    for (const std::string& category : std::exchange(changedState_, {})) {
        event("state",
            { { "category", shortCategory(category) }, { "text", belief_.text(category) },
                { "generation", belief_.generation(category) },
                { "digest", belief_.digest(category) } });
    }
}

void Node::heard()
{
    heard_ = std::chrono::steady_clock::now();
    if (silent_) { // the next verdicts say so
        silent_ = false;
        judge({});
    }
}

/// Looks at each multiple of the heartbeat interval that passes in silence, for rules that count
/// them.
void Node::watchSilence()
{
    shared_.loop.cancel(silenceTimer_);
    silenceTimer_ = 0;
    if (wanted_.heartbeat == 0) {
        return;
    }
    const auto interval = std::chrono::seconds(wanted_.heartbeat);
    const auto silence = std::chrono::steady_clock::now() - heard_;
    const auto passed = std::min<int64_t>(silence / interval, MostIntervals);
    const auto wait = passed < MostIntervals ? interval * (passed + 1) - silence
                                             : loop::Moment::duration(interval * MostIntervals);
    silenceTimer_
        = shared_.loop.after(std::chrono::ceil<milliseconds>(wait) + milliseconds(1'000), [this] {
              silenceTimer_ = 0;
              if (std::chrono::steady_clock::now() - heard_
                  >= std::chrono::seconds(wanted_.heartbeat)) {
                  silent_ = true;
                  judge({});
              }
              watchSilence();
          });
}

} // namespace collector
