// What the reporter says when a time has come: dampened changes, periodic reports, heartbeats,
// staleness.
#include "tests/server/reports.h"

using namespace reports;
using Strings = std::vector<std::string>;

TEST_CASE("the first change is told at once, those of the dampening period together")
{
    Fixture node;
    node.reporter.configure(running({ R"(user-permissions,"dampening-period":150)" }), {});
    node.collected("user-permissions", groups(group("a", 1)));
    node.news();
    node.collected("user-permissions", groups(group("a", 2)));
    CHECK(node.kinds() == Strings { "security-change" });
    node.collected("user-permissions", groups(group("a", 3)));
    node.collected("user-permissions", groups(group("a", 4) + "," + group("b", 1)));
    CHECK(node.kinds() == Strings {});
    node.until(3);
    const yang::Node change = node.sent[2].event->tree().root();
    CHECK(change.children("edit").size() == 2);
    CHECK(change.children("edit")[0].value("previous-generation") == "2");
    CHECK(change.child("category")->value("generation") == "4");

    // What comes back to what was told is no change.
    node.collected("user-permissions", groups(group("a", 5)));
    node.collected("user-permissions", groups(group("a", 4) + "," + group("b", 1)));
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(1700);
    while (std::chrono::steady_clock::now() < end) {
        node.loop.once(std::chrono::milliseconds(50));
    }
    CHECK(node.sent.size() == 3);
}

TEST_CASE("periodic reports come in full, those due together in one")
{
    Fixture node;
    const std::string second = wall::now();
    node.reporter.configure(
        running(
            { R"(user-permissions,"mode":"periodic","period":1,"anchor-time":")" + second + "\"",
                R"(open-ports,"mode":"periodic","period":1,"anchor-time":")" + second + "\"" }),
        {});
    node.collected("user-permissions", groups(group("a", 1)));
    node.collected("open-ports", "");
    node.until(4);
    for (const size_t i : { 2u, 3u }) {
        const yang::Node report = node.sent[i].event->tree().root();
        CHECK(report.value("trigger") == "periodic");
        CHECK(report.children("category").size() == 2);
    }
    const auto between = *wall::parse(node.sent[3].time) - *wall::parse(node.sent[2].time);
    CHECK(between > std::chrono::milliseconds(700));
    CHECK(between < std::chrono::milliseconds(1500));
}

TEST_CASE("a heartbeat tells what has been reported, not what is held back")
{
    Fixture node;
    node.reporter.configure(running({ R"(user-permissions,"dampening-period":4294967295)" }), {});
    node.collected("user-permissions", groups(group("a", 1)));
    node.collected("user-permissions", groups(group("a", 2)));
    node.collected("user-permissions", groups(group("a", 3)));
    node.kinds();
    const std::string told
        = node.sent[1].event->tree().root().child("category")->valueOr("digest", "none");
    node.reporter.configure(running({ R"(user-permissions,"dampening-period":4294967295)" },
                                R"("heartbeat-interval":5)"),
        {});
    REQUIRE(node.kinds() == Strings { "collection-heartbeat" });
    const yang::Node beat = node.sent.back().event->tree().root();
    CHECK(beat.value("interval") == "5");
    CHECK(beat.value("dropped-reports") == "0");
    for (const yang::Node& one : beat.children("category")) {
        const bool own = one.value("type") == "femto-security-types:user-permissions";
        CHECK(one.value("generation") == (own ? std::optional<std::string>("2") : std::nullopt));
        CHECK(one.value("digest") == (own ? std::optional(told) : std::nullopt));
    }
    node.until(4, std::chrono::seconds(7));
    CHECK(node.kinds() == Strings { "collection-heartbeat" });
}

TEST_CASE("without results a category becomes stale, and its content stays")
{
    Fixture node;
    node.reporter.configure(running({ R"(user-permissions,"stale-after":1)" }), {});
    node.collected("user-permissions", groups(group("a", 1)));
    node.reporter.proberEnded();
    node.until(2);
    const yang::Node change = node.sent[1].event->tree().root();
    CHECK(change.child("category")->value("status") == "femto-security-types:stale");
    CHECK(change.children("edit").empty());
    CHECK(node.state().find(
        "/femto-security:femto-security/inventory/user-permissions/group[name='a']"));
    node.collected("user-permissions", groups(group("a", 1)));
    node.until(3);
    CHECK(node.sent[2].event->tree().root().child("category")->value("status")
        == "femto-security-types:collected");
}
