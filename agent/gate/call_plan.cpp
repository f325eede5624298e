#include "agent/gate/call_plan.h"

#include <algorithm>

namespace agent::gate {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

Clocks Clocks::now()
{
    return { steady_clock::now(), std::chrono::system_clock::now() };
}

CallPlan::CallPlan(const Target& target, uint32_t seed, const Clocks& now)
    : target_(target)
    , random_(seed)
    , backoff_(target.minBackoff)
    , due_(now.steady)
    , began_(now.steady)
{
    start();
    if (target_.periodic && target_.periodic->anchor) {
        periods_ = periodsAt(now);
    }
}

/// Of a series of calls, until there is a session.
void CallPlan::start()
{
    switch (target_.startWith) {
    case StartWith::FirstListed:
        first_ = 0;
        break;
    case StartWith::LastConnected:
        first_ = last_;
        break;
    case StartWith::RandomSelection:
        first_ = std::uniform_int_distribution<size_t>(0, target_.places.size() - 1)(random_);
        break;
    }
    place_ = first_;
    attempts_ = 0;
    backoff_ = target_.minBackoff;
}

/// Whole ones since the anchor, less than 0 before it.
int64_t CallPlan::periodsAt(const Clocks& now) const
{
    const auto since = std::chrono::floor<std::chrono::seconds>(now.wall.time_since_epoch())
        - *target_.periodic->anchor;
    const auto period = target_.periodic->period;
    return since / period - (since % period < std::chrono::seconds(0) ? 1 : 0);
}

milliseconds CallPlan::wait(const Clocks& now)
{
    if (!periods_) {
        return std::max(milliseconds(0), std::chrono::ceil<milliseconds>(due_ - now.steady));
    }
    const int64_t periods = periodsAt(now);
    if (periods > *periods_) {
        return milliseconds(0);
    }
    periods_ = periods; // the clock may have been put back
    const auto next = *target_.periodic->anchor + (periods + 1) * target_.periodic->period;
    return std::chrono::ceil<milliseconds>(next - now.wall.time_since_epoch());
}

void CallPlan::called(const Clocks& now)
{
    periods_.reset();
    if (!calling_) {
        calling_ = true;
        began_ = now.steady;
    }
}

/// Half of it is by chance, so that nodes that lost their manager together do not come back
/// together.
void CallPlan::pause(const Clocks& now)
{
    const auto most = backoff_.count();
    due_ = now.steady
        + milliseconds(most / 2 + std::uniform_int_distribution<int64_t>(0, most / 2)(random_));
    backoff_
        = std::min<milliseconds>(backoff_ * 2, std::max(target_.minBackoff, target_.maxBackoff));
}

void CallPlan::failed(const Clocks& now)
{
    if (target_.places.size() > 1 && ++attempts_ >= target_.maxAttempts) {
        attempts_ = 0;
        place_ = (place_ + 1) % target_.places.size();
        if (place_ != first_) {
            due_ = now.steady;
            return;
        }
    }
    pause(now);
}

void CallPlan::ended(const Clocks& now)
{
    calling_ = false;
    last_ = place_;
    start();
    if (!target_.periodic) {
        pause(now);
    } else if (target_.periodic->anchor) {
        periods_ = periodsAt(now);
    } else {
        const auto period = target_.periodic->period;
        due_ = began_ + ((now.steady - began_) / period + 1) * period;
    }
}

} // namespace agent::gate
