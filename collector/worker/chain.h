// The chain of reports of one node: puts them in order, finds what is missing, and leaves out what
// comes twice. It knows nothing of sessions: reports may come live, by replay or resent.
#pragma once

#include "collector/worker/report.h"

#include <deque>
#include <map>
#include <optional>

namespace collector {

struct Gap {
    std::string epoch;
    uint64_t from = 0;
    uint64_t to = 0;

    friend bool operator==(const Gap&, const Gap&) = default;
};

class Chain {
public:
    static constexpr size_t MostHeld = 4096; // reports behind a gap
    static constexpr size_t MostHeldBytes = 32u << 20;
    static constexpr size_t MostPastEpochs = 16;

    enum class Taken { Next, Twice, Held };
    struct Item {
        Report report;
        bool newEpoch; // the first of its epoch that we have
    };

    /// `last` is the last report that is durable, none for a node never heard before.
    explicit Chain(std::optional<Place> last = std::nullopt)
        : last_(std::move(last))
        , fresh_(!last_)
    {
    }

    Taken offer(Report report);
    /// The next report in order.
    std::optional<Item> next();
    /// What is missing before reports that are held.
    std::optional<Gap> missing() const;
    /// The gap will not be filled: goes on behind it. What was given up comes out of lost().
    void giveUp();
    /// The next gap that was given up.
    std::optional<Gap> lost();
    const std::optional<Place>& last() const { return last_; }

private:
    void accept(Report report);
    void drain();
    void beginEpoch(const std::string& epoch);

    std::optional<Place> last_;
    bool fresh_; // nothing of last_'s epoch was handed out since it began
    std::deque<std::string> past_; // epochs that ended: what still comes of them is old
    std::map<uint64_t, Report> held_; // of last_'s epoch
    size_t heldBytes_ = 0;
    std::deque<Item> ready_;
    std::deque<Gap> lost_;
};

} // namespace collector
