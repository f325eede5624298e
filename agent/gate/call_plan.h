// When a management system is called next, and at which of its addresses: retries, alternatives and
// periods, without sockets.
#pragma once

#include "agent/gate/access.h"

#include <chrono>
#include <random>

namespace agent::gate {

/// Both clocks at one moment: waits are counted by the first, anchors by the second, which may be
/// set at any time.
struct Clocks {
    std::chrono::steady_clock::time_point steady;
    std::chrono::system_clock::time_point wall;

    static Clocks now();
};

class CallPlan {
public:
    CallPlan(const Target& target, uint32_t seed, const Clocks& now);

    /// Whom to call.
    const Place& place() const { return target_.places[place_]; }
    /// How long not yet; zero if now. With an anchor it may change when the wall clock is set.
    std::chrono::milliseconds wait(const Clocks& now);
    /// The call begins.
    void called(const Clocks& now);
    /// The call, or the connection, came to nothing.
    void failed(const Clocks& now);
    /// There was a session, and it is over.
    void ended(const Clocks& now);

private:
    void start();
    void pause(const Clocks& now);
    int64_t periodsAt(const Clocks& now) const;

    Target target_;
    std::mt19937 random_; // minstd_rand begins alike with like seeds
    std::chrono::milliseconds backoff_;
    std::chrono::steady_clock::time_point due_;
    std::chrono::steady_clock::time_point
        began_; // since when it is tried; of periods with no anchor
    std::optional<int64_t> periods_; // since the anchor; the next one is waited for
    size_t place_ = 0;
    size_t first_ = 0; // place of this series of calls
    size_t last_ = 0; // place of the last session
    unsigned attempts_ = 0; // at this place
    bool calling_ = false;
};

} // namespace agent::gate
