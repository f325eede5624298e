#include "collector/worker/node.h"
#include "common/log.h"
#include "common/text.h"

#include <algorithm>

namespace collector {

using nlohmann::json;
using std::chrono::milliseconds;

namespace {

constexpr milliseconds FirstCollectRetry { 5'000 };
constexpr milliseconds LongestCollectRetry { 600'000 };
constexpr size_t MostStrangers = 8;
constexpr size_t MostLost = 64; // gaps that are remembered singly
constexpr size_t MostWeakened = 64;

json categoriesOf(const Report& report)
{
    json out = json::array();
    for (const yang::Node& row : report.root().children("category")) {
        out.push_back(shortCategory(row.isList() ? row.valueOr("type", "") : row.value()));
    }
    return out;
}

std::string describe(const Gap& gap)
{
    return "reports " + std::to_string(gap.from) + " to " + std::to_string(gap.to) + " of epoch "
        + gap.epoch;
}

} // namespace

void Node::arrived(Report report)
{
    if (report.node != assignment_.node) {
        // A node speaks for itself only, whoever it says it is.
        if (strangers_.size() < MostStrangers && strangers_.insert(report.node).second) {
            const std::string reason = "its report says that it is node "
                + text::quoted(report.node) + ", and is left out";
            event("refused", { { "reason", reason } });
            logging::warning(text::quoted(assignment_.node) + ": " + reason);
        }
        return;
    }
    heard();
    chain_.offer(std::move(report));
    process();
}

void Node::process()
{
    while (const auto gap = chain_.lost()) {
        lost(*gap);
    }
    while (auto item = chain_.next()) {
        apply(std::move(*item));
    }
    repair();
    collect();
}

void Node::apply(Chain::Item item)
{
    const Report& report = item.report;
    if (item.newEpoch) {
        belief_.beginEpoch(report.place.epoch);
    }
    event("report",
        { { "kind", name(report.kind) }, { "epoch", report.place.epoch },
            { "sequence", report.place.sequence }, { "time", report.time },
            { "received", report.received }, { "categories", categoriesOf(report) },
            { "text", report.tree.json() } });
    logTime_ = report.time;
    configSeen(report);
    take(belief_.take(report));
}

/// Puts what a report did into verdicts, and the state into the batch.
void Node::take(const Belief::Effect& effect)
{
    changedState_.insert(effect.changed.begin(), effect.changed.end());
    if (!effect.changed.empty() || silent_) {
        silent_ = false;
        judge(effect.changed);
    }
}

void Node::configSeen(const Report& report)
{
    if (talk_ && talk_->asWanted(report.configDigest)) {
        if (!weakened_.empty()) {
            weakened_.clear();
            judge({});
        }
        shared_.loop.cancel(restoreTimer_);
        restoreTimer_ = 0;
        return;
    }
    if (report.kind != ReportKind::ConfigChanged) {
        return;
    }
    const yang::Node root = report.root();
    if (root.flag("weakened")) {
        const std::string by = " (by " + root.valueOr("username", "?") + ")";
        std::vector<std::string> lines = root.values("weakening");
        if (lines.empty()) {
            lines.emplace_back("the collection configuration");
        }
        for (const std::string& line : lines) {
            const std::string all = line + by;
            if (weakened_.size() < MostWeakened
                && std::ranges::find(weakened_, all) == weakened_.end()) {
                weakened_.push_back(all);
            }
        }
        judge({});
    }
    if (live_ && restoreTimer_ == 0) {
        // Left alone for a while: who changed it may be about to change it back.
        restoreTimer_ = shared_.loop.after(shared_.restore, [this] {
            restoreTimer_ = 0;
            logging::notice(
                text::quoted(assignment_.node) + ": the collection configuration is put back");
            talk_->push(wanted_);
        });
    }
}

void Node::live(yang::Node status)
{
    live_ = true;
    began_ = std::chrono::steady_clock::now();
    heard();
    // What was stored is newer than a status of another epoch only by the reports to come.
    take(belief_.compare(status));
    process();
}

void Node::repair()
{
    const auto gap = chain_.missing();
    if (!gap || !talk_) {
        if (resending_) {
            event("lost",
                { { "epoch", resending_->epoch }, { "from", resending_->from },
                    { "to", resending_->to }, { "repaired", true } });
        }
        resending_.reset();
        shared_.loop.cancel(resendTimer_);
        resendTimer_ = 0;
        return;
    }
    if (resending_ && resending_->epoch == gap->epoch && resending_->to == gap->to) {
        if (resendTimer_ != 0 && resending_->from == gap->from) {
            return; // no progress: the timer goes on
        }
        shared_.loop.cancel(resendTimer_);
    } else {
        resending_ = *gap;
        talk_->resend(*gap);
    }
    shared_.loop.cancel(resendTimer_);
    resendTimer_ = shared_.loop.after(shared_.resend, [this] {
        resendTimer_ = 0;
        chain_.giveUp();
        process();
    });
}

void Node::lost(const Gap& gap)
{
    event("lost",
        { { "epoch", gap.epoch }, { "from", gap.from }, { "to", gap.to }, { "repaired", false } });
    logging::warning(text::quoted(assignment_.node) + ": lost " + describe(gap));
    resending_.reset();
    if (lost_.size() < MostLost) {
        lost_.push_back(gap);
    }
    // Any category may have changed in them.
    belief_.beginEpoch(gap.epoch);
    judge({});
}

void Node::collect()
{
    if (!live_ || !talk_ || collecting_ || collectTimer_ != 0 || chain_.missing()) {
        return;
    }
    const std::set<std::string> unsure = belief_.unsure();
    if (unsure.empty()) {
        collectRetry_ = milliseconds(0);
        recovered();
        return;
    }
    collecting_ = true;
    talk_->collect(unsure);
}

/// What was lost is made up for: all is known again, though not what happened meanwhile.
void Node::recovered()
{
    if (lost_.empty()) {
        return;
    }
    for (const Gap& gap : std::exchange(lost_, {})) {
        event("lost",
            { { "epoch", gap.epoch }, { "from", gap.from }, { "to", gap.to },
                { "repaired", true } });
    }
    judge({});
}

void Node::collected(const std::string& error)
{
    collecting_ = false;
    const std::set<std::string> unsure = belief_.unsure();
    if (unsure.empty()) {
        collect();
        return;
    }
    const std::string why
        = error.empty() ? "the node does not report it in full" : "collect-now: " + error;
    logging::warning(text::quoted(assignment_.node) + ": " + why);
    belief_.giveUp(unsure, why);
    take({ unsure, {} });
    collectRetry_ = std::clamp(collectRetry_ * 2, FirstCollectRetry, LongestCollectRetry);
    collectTimer_ = shared_.loop.after(collectRetry_, [this] {
        collectTimer_ = 0;
        collect();
    });
}

} // namespace collector
