#include "agent/gate/time_limits.h"

#include <algorithm>

namespace agent::gate {

using std::chrono::steady_clock;

namespace {

constexpr unsigned Missed = 3; // keepalives without a sign of life that end a session
constexpr std::chrono::seconds Farewell { 5 }; // for the last bytes to a peer that leaves

} // namespace

TimeLimits::TimeLimits(const Limits& limits, std::chrono::seconds idle, SecureTransport& transport)
    : limits_(limits)
    , idle_(idle)
    , transport_(transport)
    , now_(steady_clock::now())
    , next_(Moment::max())
    , heard_(now_)
    , loginBy_(now_ + limits.authenticationTimeout)
    , leaveBy_(Moment::max())
    , used_(now_)
    , received_(transport.received())
{
}

void TimeLimits::heard()
{
    heard_ = steady_clock::now();
    received_ = transport_.received();
    unanswered_ = 0;
}

void TimeLimits::read()
{
    heard_ = used_ = steady_clock::now();
}

void TimeLimits::written()
{
    used_ = steady_clock::now();
    moved_ = true;
}

void TimeLimits::lastBytes()
{
    leaveBy_ = steady_clock::now() + std::max(limits_.messageTimeout, Farewell);
}

void TimeLimits::parting()
{
    leaveBy_ = steady_clock::now() + Farewell;
}

std::optional<Over> TimeLimits::over(const Progress& progress)
{
    now_ = steady_clock::now();
    next_ = Moment::max();
    over_.reset();
    if (!progress.admission) {
        due(loginBy_, "no login in time", "authentication-timeout");
    } else {
        if (!helloBy_) {
            helloBy_ = now_ + limits_.helloTimeout;
            used_ = now_;
        }
        if (!progress.greeted) {
            due(*helloBy_, "no hello in time", "hello-timeout");
        } else if (idle_.count() > 0 && !progress.lastBytes) {
            due(used_ + idle_, "no message for the idle-timeout of a periodic connection", "");
        }
        keepAlive();
    }
    if (progress.lastBytes) {
        due(leaveBy_, progress.parting ? "" : "last bytes are not taken",
            progress.parting ? "" : "message-timeout");
    }
    incoming(progress);
    outgoing(progress);
    return over_;
}

void TimeLimits::due(Moment when, const char* reason, const char* limit)
{
    if (now_ < when) {
        next_ = std::min(next_, when);
    } else if (!over_) {
        over_ = { reason, limit };
    }
}

/// A message of the peer must be whole in time; while we do not read, it cannot be.
void TimeLimits::incoming(const Progress& progress)
{
    if (!progress.receiving) {
        receivingSince_.reset();
        return;
    }
    if (!receivingSince_) {
        receivingSince_ = now_;
    }
    due(*receivingSince_ + limits_.messageTimeout, "message is not whole in time",
        "message-timeout");
}

/// Bytes must be taken: by the peer's TCP, or by its window if that is what is full.
void TimeLimits::outgoing(const Progress& progress)
{
    if (!progress.sending) {
        stuckSince_.reset();
        return;
    }
    const uint64_t acknowledged = transport_.pending() ? transport_.acknowledged() : 0;
    if (!stuckSince_ || moved_ || acknowledged > acknowledged_) {
        stuckSince_ = now_;
        acknowledged_ = std::max(acknowledged_, acknowledged);
        moved_ = false;
    }
    due(*stuckSince_ + limits_.messageTimeout, "peer does not read", "message-timeout");
}

void TimeLimits::keepAlive()
{
    const auto interval = limits_.keepaliveInterval;
    if (interval.count() == 0 || kernelKeepsAlive_) {
        return;
    }
    const Moment when = heard_ + interval * (unanswered_ + 1);
    if (now_ < when) {
        next_ = std::min(next_, when);
    } else if (transport_.received() > received_) {
        heard(); // its answer was read while the last question was written
        next_ = std::min(next_, heard_ + interval);
    } else if (unanswered_ == Missed) {
        due(now_, "peer is silent", "keepalive-interval");
    } else if (!transport_.keepAlive()) {
        kernelKeepsAlive_ = true;
    } else {
        ++unanswered_;
        next_ = std::min(next_, heard_ + interval * (unanswered_ + 1));
    }
}

} // namespace agent::gate
