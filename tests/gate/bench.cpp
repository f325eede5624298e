// Figures, not judgement: `unit-gate [.bench]`.
#include "tests/gate/client.h"
#include "tests/gate/tls_client.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <fstream>
#include <iostream>
#include <poll.h>

using namespace gate_test;
using Clock = std::chrono::steady_clock;

namespace {

/// Proportional set size of a process and its children, in KiB.
uint64_t pss(pid_t pid)
{
    uint64_t sum = 0;
    std::ifstream children(
        "/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/children");
    for (pid_t child = 0; children >> child;) {
        sum += pss(child);
    }
    std::ifstream rollup("/proc/" + std::to_string(pid) + "/smaps_rollup");
    for (std::string word; rollup >> word;) {
        if (uint64_t value = 0; word == "Pss:" && rollup >> value) {
            return sum + value;
        }
    }
    return sum;
}

double setUp(Agent& agent, const Key& key)
{
    const auto begin = Clock::now();
    const Session session = login(agent, key);
    return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

void report(const char* what, std::vector<double> all)
{
    std::ranges::sort(all);
    std::cout << what << ": p50 " << all[all.size() / 2] << " ms, p95 "
              << all[all.size() * 95 / 100] << " ms\n";
}

} // namespace

TEST_CASE("set-up time of sessions over TLS", "[.bench]")
{
    const Issued ca = authority("ca");
    const Issued own = issue({ .name = "smf" }, &ca);
    TlsAgent agent({ anchor(ca), mapping(1, ca.fingerprint(), "common-name") });
    const auto times = [&](int count, int pause) {
        std::vector<double> all;
        for (int i = 0; i < count; ++i) {
            ::poll(nullptr, 0, pause);
            const auto begin = Clock::now();
            const TlsSession session = login(agent, own);
            all.push_back(std::chrono::duration<double, std::milli>(Clock::now() - begin).count());
        }
        return all;
    };
    report("connect to hello over TLS, one per 100 ms", times(50, 100));
    report("connect to hello over TLS, back to back", times(100, 0));
    CHECK(login(agent, own).server.transport == "tls");
}

TEST_CASE("set-up time and memory of sessions", "[.bench]")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key) });
    std::vector<double> paced;
    paced.reserve(50);
    for (int i = 0; i < 50; ++i) {
        ::poll(nullptr, 0, 100);
        paced.push_back(setUp(agent, key));
    }
    report("connect to hello, one per 100 ms", paced);
    std::vector<double> back;
    back.reserve(100);
    for (int i = 0; i < 100; ++i) {
        back.push_back(setUp(agent, key));
    }
    report("connect to hello, back to back", back);
    ::poll(nullptr, 0, 200);
    const uint64_t without = pss(agent.pid());
    std::vector<Session> sessions;
    sessions.reserve(100);
    for (int i = 0; i < 100; ++i) {
        sessions.push_back(login(agent, key));
    }
    ::poll(nullptr, 0, 200);
    const uint64_t with = pss(agent.pid());
    std::cout << "PSS of listener, keeper and spare: " << without
              << " KiB; each of 100 sessions: " << (with - without) / 100 << " KiB\n";
    CHECK(with > without);
}
