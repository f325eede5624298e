#include "agent/gate/call_plan.h"

#include <catch2/catch.hpp>
#include <set>

using agent::gate::CallPlan;
using agent::gate::Clocks;
using agent::gate::Periodic;
using agent::gate::StartWith;
using agent::gate::Target;
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

Target target(std::vector<agent::gate::Place> places, StartWith startWith = StartWith::FirstListed)
{
    return { "ms", std::move(places), agent::gate::Transport::Ssh, 2s, 16s, startWith, 2 };
}

Target periodic(std::optional<seconds> anchor)
{
    Target to = target({ { "a", 1 } });
    to.periodic = Periodic { 600s, anchor, 180s };
    return to;
}

struct Time : Clocks {
    Time()
        : Clocks { std::chrono::steady_clock::time_point(1000s),
            std::chrono::system_clock::time_point(1000000000s) }
    {
    }
    void pass(std::chrono::nanoseconds time)
    {
        steady += time;
        wall += time;
    }
};

/// The call that is due fails: the wait until the next.
milliseconds fail(CallPlan& plan, Time& time)
{
    CHECK(plan.wait(time) == 0ms);
    plan.called(time);
    plan.failed(time);
    const milliseconds wait = plan.wait(time);
    time.pass(wait);
    return wait;
}

void connectFor(CallPlan& plan, Time& time, seconds session)
{
    CHECK(plan.wait(time) == 0ms);
    plan.called(time);
    time.pass(session);
    plan.ended(time);
}

} // namespace

TEST_CASE("waits double up to the longest, and half of each is by chance")
{
    std::set<milliseconds> first;
    for (uint32_t seed = 1; seed <= 20; ++seed) {
        Time time;
        CallPlan plan(target({ { "a", 1 } }), seed, time);
        milliseconds most = 2s;
        for (int i = 0; i < 8; ++i, most = std::min<milliseconds>(most * 2, 16s)) {
            const milliseconds wait = fail(plan, time);
            CHECK(wait >= most / 2);
            CHECK(wait <= most);
            if (i == 0) {
                first.insert(wait);
            }
        }
    }
    CHECK(first.size() > 10);
}

TEST_CASE("a session makes the next wait short again")
{
    Time time;
    CallPlan plan(target({ { "a", 1 } }), 1, time);
    for (int i = 0; i < 5; ++i) {
        fail(plan, time);
    }
    connectFor(plan, time, 60s);
    CHECK(plan.wait(time) >= 1s);
    CHECK(plan.wait(time) <= 2s);
}

TEST_CASE("the next address is called at once, but not when all have been called")
{
    Time time;
    CallPlan plan(target({ { "a", 1 }, { "b", 2 }, { "c", 3 } }), 1, time);
    std::string called;
    std::string waits;
    for (int i = 0; i < 8; ++i) {
        called += plan.place().address;
        waits += fail(plan, time) == 0ms ? '0' : '+';
    }
    CHECK(called == "aabbccaa");
    CHECK(waits == "+0+0+++0");
}

TEST_CASE("which address is called first")
{
    const std::vector<agent::gate::Place> places { { "a", 1 }, { "b", 2 } };
    const auto afterSessionWithB = [&](StartWith startWith, uint32_t seed) {
        Time time;
        CallPlan plan(target(places, startWith), seed, time);
        while (plan.place().address != "b") {
            fail(plan, time);
        }
        connectFor(plan, time, 60s);
        return plan.place().address;
    };
    std::set<std::string> random;
    for (uint32_t seed = 1; seed <= 20; ++seed) {
        CHECK(afterSessionWithB(StartWith::FirstListed, seed) == "a");
        CHECK(afterSessionWithB(StartWith::LastConnected, seed) == "b");
        random.insert(afterSessionWithB(StartWith::RandomSelection, seed));
    }
    CHECK(random.size() == 2);
}

TEST_CASE("without an anchor a period begins with the first call of the last connection")
{
    Time time;
    CallPlan plan(periodic({}), 1, time);
    const milliseconds failures = fail(plan, time) + fail(plan, time);
    connectFor(plan, time, 100s);
    CHECK(plan.wait(time) == 500s - failures);
    time.pass(plan.wait(time));
    connectFor(plan, time, 1300s); // more than two periods
    CHECK(plan.wait(time) == 500s);
}

TEST_CASE("with an anchor, calls are whole periods from it, before it too")
{
    for (const seconds anchor : { 999999900s, 1000000500s, 0s, 4000000500s, -60s }) {
        CAPTURE(anchor.count());
        Time time;
        CallPlan plan(periodic(anchor), 1, time);
        const milliseconds wait = plan.wait(time);
        CHECK(wait > 0ms);
        CHECK(wait <= 600s);
        CHECK((time.wall.time_since_epoch() + wait - anchor) % 600s == 0ns);
        time.pass(wait - 1ms);
        CHECK(plan.wait(time) == 1ms);
        time.pass(1ms);
        fail(plan, time); // not a period later
        connectFor(plan, time, 100s);
        CHECK((time.wall.time_since_epoch() + plan.wait(time) - anchor) % 600s == 0ns);
    }
}

TEST_CASE("a wall clock that is set moves calls with it")
{
    Time time;
    CallPlan plan(periodic(1000000300s), 1, time);
    CHECK(plan.wait(time) == 300s);
    time.wall += 10s;
    CHECK(plan.wait(time) == 290s);
    time.wall -= 3600s;
    CHECK(plan.wait(time) == 290s);
    time.wall += 86400s;
    CHECK(plan.wait(time) == 0ms);
}
