#include "agent/server/access_state.h"
#include "common/clock.h"
#include "common/frame.h"
#include "common/text.h"

#include <algorithm>
#include <span>

namespace agent {

namespace {

using Words = std::span<const std::string_view>;

std::string word(std::string_view word)
{
    return std::string(word);
}

std::string dateAndTime(std::string_view seconds)
{
    const auto count = text::number<int64_t>(seconds);
    if (!count) {
        throw std::invalid_argument("time");
    }
    return wall::dateAndTime(wall::Time(std::chrono::seconds(*count)));
}

struct Kind {
    std::string_view name;
    size_t words;
    void (*show)(const yang::Node& statistics, Words words);
};

constexpr Kind Kinds[] = {
    { "since", 2,
        [](const yang::Node& statistics, Words words) {
            statistics.leaf("counted-since", dateAndTime(words[1]));
        } },
    { "connections", 2,
        [](const yang::Node& statistics, Words words) {
            statistics.leaf("connections", words[1]);
        } },
    { "unauthenticated", 2,
        [](const yang::Node& statistics, Words words) {
            statistics.leaf("unauthenticated", words[1]);
        } },
    { "sessions", 2,
        [](const yang::Node& statistics, Words words) { statistics.leaf("sessions", words[1]); } },
    { "limit", 3,
        [](const yang::Node& statistics, Words words) {
            statistics.entry("limit", word(words[1])).leaf("reached", words[2]);
        } },
    { "target", 9,
        [](const yang::Node& statistics, Words words) {
            const yang::Node target = statistics.entry("target", word(words[1]));
            target.leaf("state", words[2]);
            target.leaf("since", dateAndTime(words[3]));
            target.leaf("address", words[4]);
            target.leaf("port", words[5]);
            target.leaf("calls", words[6]);
            target.leaf("sessions", words[7]);
            if (words[8] != "-") {
                target.leaf("last-failure", text::carried(text::fromBase64(words[8]).value()));
            }
        } },
};

void show(const yang::Node& statistics, const std::string& fact)
try {
    const std::vector<std::string_view> words = text::fields(fact, '\t');
    const auto kind = std::ranges::find(Kinds, words.at(0), &Kind::name);
    if (kind == std::end(Kinds) || words.size() != kind->words) {
        throw std::invalid_argument("kind");
    }
    kind->show(statistics, words);
} catch (const std::exception&) {
    throw frame::Broken("access state " + text::quoted(fact) + " is not understood");
}

yang::Node showAll(
    const yang::Context& context, yang::Tree& tree, const std::vector<std::string>& facts)
{
    const yang::Node statistics = tree.at(context, "/femto-agent-access:agent-access/statistics");
    for (const std::string& fact : facts) {
        show(statistics, fact);
    }
    return statistics;
}

} // namespace

void AccessState::use(const yang::Context& context, const std::vector<std::string>& facts)
{
    yang::Tree ignored;
    showAll(context, ignored, facts);
    facts_ = facts;
}

yang::Tree AccessState::tree(const yang::Context& context, const SubscriptionLimits& own) const
{
    yang::Tree tree;
    if (facts_.empty()) {
        return tree;
    }
    const yang::Node statistics = showAll(context, tree, facts_);
    statistics.entry("limit", "max-subscriptions-per-session")
        .leaf("reached", own.reachedOfSession);
    statistics.entry("limit", "max-subscriptions").leaf("reached", own.reachedInAll);
    return tree;
}

} // namespace agent
