#include "tests/server/reports.h"

using namespace reports;
using Strings = std::vector<std::string>;

namespace {

const std::string Header = R"("node-id":"node-1","epoch":"EPOCH","sequence-number":")";

std::string row(const std::string& name, const std::string& status, int generation)
{
    return R"({"type":"femto-security-types:)" + name + R"(","status":"femto-security-types:)"
        + status + R"(","collected-at":"TIME","changed-at":"TIME","generation":")"
        + std::to_string(generation) + R"(","digest":"DIGEST"})";
}

} // namespace

TEST_CASE("the first result is reported in full, then changes, each entry by itself")
{
    Fixture node;
    node.reporter.configure(running({ R"(user-permissions,"dampening-period":0)" }), {});
    node.collected("user-permissions", groups(group("a", 1) + "," + group("b", 2)));
    CHECK(node.news()
        == Strings { R"({"femto-security:security-report":{)" + Header
            + R"(1","collection-config-digest":"DIGEST","trigger":"start","part":1,"parts":1,)"
              R"("category":[)"
            + row("user-permissions", "collected", 1)
            + R"(],"inventory":{"user-permissions":{"group":[{"name":"a","gid":1},)"
              R"({"name":"b","gid":2}]}}}})" });

    // Another order is no change.
    node.collected("user-permissions", groups(group("b", 2) + "," + group("a", 1)));
    CHECK(node.news() == Strings {});

    node.collected("user-permissions", groups(group("b", 3) + "," + group("it's", 4)));
    const std::string path = "/femto-security:femto-security/inventory/user-permissions/group";
    const auto edit = [&](int id, const std::string& operation, const std::string& key,
                          const std::string& value) {
        return R"({"edit-id":")" + std::to_string(id) + R"(","operation":")" + operation
            + R"(","target":")" + path + key
            + R"(","category":"femto-security-types:user-permissions","previous-generation":"1")"
            + (value.empty() ? ""
                             : R"(,"value":{"femto-security":{"inventory":{"user-permissions")"
                               R"(:{"group":[)"
                        + value + "]}}}}")
            + "}";
    };
    CHECK(node.news()
        == Strings { R"({"femto-security:security-change":{)" + Header
            + R"(2","collection-config-digest":"DIGEST","category":[)"
            + row("user-permissions", "collected", 2) + R"(],"edit":[)"
            + edit(1, "replace", "[name='b']", group("b", 3)) + ","
            + edit(2, "delete", "[name='a']", "") + ","
            + edit(3, "create", R"([name=\"it's\"])", group("it's", 4)) + "]}}" });
    for (const agent::Notification& one : node.sent) {
        CHECK(one.isReport());
        CHECK(one.epoch == node.sent[0].epoch);
    }
    CHECK(node.sent[1].sequence == 2);
}

TEST_CASE("a status that becomes another is a change without edits")
{
    Fixture node;
    node.reporter.configure(running({ R"(open-ports,"dampening-period":0)" }), {});
    node.collected("open-ports", "");
    node.news();
    node.collected("open-ports", "", "partial");
    CHECK(node.news()
        == Strings { R"({"femto-security:security-change":{)" + Header
            + R"(2","collection-config-digest":"DIGEST","category":[)"
            + row("open-ports", "partial", 1) + "]}}" });
}

TEST_CASE("a content that cannot be read is withdrawn with one edit, and comes back with one")
{
    Fixture node;
    node.reporter.configure(running({ R"(user-permissions,"dampening-period":0)" }), {});
    const std::string two = groups(group("a", 1) + "," + group("b", 2));
    node.collected("user-permissions", two);
    const std::string before
        = node.state()
              .find("/femto-security:femto-security/inventory/user-permissions")
              ->canonical();
    node.news();
    node.collected("user-permissions", "", "not-collected");
    node.collected("user-permissions", two);
    const std::string target
        = R"("target":"/femto-security:femto-security/inventory/user-permissions",)"
          R"("category":"femto-security-types:user-permissions","previous-generation":")";
    const Strings news = node.news();
    REQUIRE(news.size() == 2);
    CHECK(news[0]
        == R"({"femto-security:security-change":{)" + Header
            + R"(2","collection-config-digest":"DIGEST","category":[)"
              R"({"type":"femto-security-types:user-permissions",)"
              R"("status":"femto-security-types:not-collected","collected-at":"TIME",)"
              R"("changed-at":"TIME","generation":"2"}],)"
              R"("edit":[{"edit-id":"1","operation":"delete",)"
            + target + R"(1"}]}})");
    CHECK(news[1]
        == R"({"femto-security:security-change":{)" + Header
            + R"(3","collection-config-digest":"DIGEST","category":[)"
            + row("user-permissions", "collected", 3)
            + R"(],"edit":[{"edit-id":"1","operation":"create",)" + target
            + R"(2","value":{"femto-security":{"inventory":{)" + two + "}}}}]}}");
    CHECK(
        node.state().find("/femto-security:femto-security/inventory/user-permissions")->canonical()
        == before);
}

TEST_CASE("without sync-on-start the first result is not reported, without on-change no change is")
{
    Fixture node;
    node.reporter.configure(
        running({ R"(user-permissions,"sync-on-start":false,"dampening-period":0)",
            R"(software-integrity,"mode":"periodic","period":2592000)" }),
        {});
    node.collected("user-permissions", groups(group("a", 1)));
    node.collected("software-integrity", "");
    CHECK(node.kinds() == Strings { "security-report" });
    node.collected("software-integrity", R"("software-integrity":{"secure-boot":"off"})");
    CHECK(node.kinds() == Strings {});
    node.collected("user-permissions", groups(group("a", 2)));
    CHECK(node.kinds() == Strings { "security-change" });
}

TEST_CASE("a change of the configuration is told with what it weakens, and takes effect at once")
{
    Fixture node;
    node.reporter.configure(running({ R"(user-permissions,"dampening-period":0)",
                                R"(open-ports,"sampling-interval":5)" }),
        {});
    node.collected("user-permissions", groups(group("a", 1)));
    node.collected("open-ports", "");
    CHECK(node.kinds().size() == 2);
    node.reporter.configure(
        running({ R"(open-ports,"sampling-interval":60)" }, R"("heartbeat-interval":90)"),
        agent::Origin { "joe", 7, "192.0.2.1" });
    const Strings news = node.news();
    REQUIRE(news.size() == 3);
    CHECK(news[0]
        == R"({"femto-security:collection-config-changed":{)" + Header
            + R"(3","collection-config-digest":"DIGEST","username":"joe","session-id":7,)"
              R"("source-host":"192.0.2.1","category":["femto-security-types:open-ports",)"
              R"("femto-security-types:user-permissions"],"weakened":true,"weakening":[)"
              R"("heartbeat-interval is 90 s, was 60 s",)"
              R"("open-ports: sampling-interval is 60 s, was 5 s",)"
              R"("user-permissions: is removed"]}})");
    CHECK_THAT(news[1], Catch::StartsWith(R"({"femto-security:collection-heartbeat":)"));
    CHECK_THAT(news[2], Catch::Contains(R"("status":"femto-security-types:disabled")"));
    CHECK_THAT(news[2], Catch::Contains(R"("operation":"delete")"));
    CHECK(!node.state().find("/femto-security:femto-security/inventory/user-permissions/group"));

    // A result that was under way is not taken; after enabling it again the next one is.
    node.collected("user-permissions", groups(group("a", 1)));
    CHECK(node.kinds() == Strings {});
    node.reporter.configure(
        running({ "open-ports", "user-permissions" }), agent::Origin { "joe", 7, "192.0.2.1" });
    node.kinds();
    node.collected("user-permissions", groups(group("a", 1)));
    CHECK(node.kinds() == Strings { "security-report" });
    CHECK(node.sent.back().event->tree().root().child("category")->value("generation") == "3");
    CHECK(node.sent.back().sequence == node.sent.size());

    node.reporter.configure(running({ "open-ports", "user-permissions" }, R"("enabled":false)"),
        agent::Origin { "joe", 7, "" });
    const auto rows = node.reporter.state().find("/femto-security:femto-security/status");
    for (const yang::Node& one : rows->children("category")) {
        CHECK(one.value("status") == "femto-security-types:disabled");
    }
    CHECK(rows->children("category").size() == 7);
}

TEST_CASE("a configuration that says the same is no change")
{
    Fixture node;
    node.reporter.configure(running({ "open-ports" }), {});
    node.reporter.configure(
        running({ R"(open-ports,"mode":"on-change")" }), agent::Origin { "joe", 7, "" });
    CHECK(node.kinds() == Strings {});
}

TEST_CASE("what is not a result of the category is refused, and nothing is changed")
{
    Fixture node;
    node.reporter.configure(running({ "user-permissions", "open-ports" }), {});
    node.collected("user-permissions", groups(group("a", 1)));
    const std::string before = node.state().json();
    CHECK_THROWS_AS(node.collected("no-such", ""), yang::Error);
    CHECK_THROWS_AS(
        node.collected("user-permissions", groups(group("a", 1)), "stale"), yang::Error);
    CHECK_THROWS_AS(
        node.collected("user-permissions", R"("software-integrity":{"secure-boot":"off"})"),
        yang::Error);
    CHECK_THROWS_AS(node.collected("user-permissions", R"("nonsense":{})"), yang::Error);
    const auto raw = [&](const std::string& text) {
        node.reporter.received({ static_cast<uint16_t>(agent::Message::Collected),
            { "user-permissions", "", text }, {} });
    };
    CHECK_THROWS_AS(raw(""), yang::Error);
    CHECK_THROWS_AS(raw("{}"), yang::Error);
    CHECK_THROWS_AS(raw(R"({"femto-security:femto-security":{}})"), yang::Error);
    CHECK_THROWS_AS(
        raw(R"({"femto-security:femto-security":{"collection":{"enabled":false}}})"), yang::Error);
    CHECK_THROWS_AS(
        node.reporter.received({ static_cast<uint16_t>(agent::Message::Collected), {}, {} }),
        frame::Broken);
    CHECK(node.state().json() == before);
    CHECK(node.sent.size() == 1);
}

TEST_CASE("an unchanged result keeps the content; one that is not there is asked for")
{
    Fixture node;
    const auto unchanged
        = [&](const std::string& status, const std::string& inventory = {},
              const std::string& flavour = "unchanged", const std::string& token = {}) {
              node.reporter.received({ static_cast<uint16_t>(agent::Message::Collected),
                  { "user-permissions", token,
                      R"({"femto-security:femto-security":{"status":{"category":[)"
                      R"({"type":"femto-security-types:user-permissions",)"
                      R"("status":"femto-security-types:)"
                          + status + R"(","collected-at":"2026-11-24T11:00:00.000Z"}]})"
                          + (inventory.empty() ? "" : R"(,"inventory":{)" + inventory + "}") + "}}",
                      flavour },
                  {} });
          };
    const std::string two = groups(group("a", 1) + "," + group("b", 2));
    const auto asked = [&] {
        const bool one = node.toProber.size() == 1
            && node.toProber[0].type == static_cast<uint16_t>(agent::Message::Collect)
            && node.toProber[0].fields == Strings { "", "user-permissions" };
        node.toProber.clear();
        return one;
    };
    node.reporter.configure(running({ R"(user-permissions,"dampening-period":0)" }), {});
    node.reporter.proberStarted();
    node.toProber.clear();
    unchanged("collected");
    CHECK(asked());
    CHECK(node.kinds() == Strings {});
    node.collected("user-permissions", two);
    CHECK(node.kinds() == Strings { "security-report" });
    const auto row = [&](const std::string& leaf) {
        return node.state()
            .find("/femto-security:femto-security/status/"
                  "category[type='femto-security-types:user-permissions']/"
                + leaf)
            ->value();
    };
    const std::string digest = row("digest");
    unchanged("collected");
    CHECK(node.kinds() == Strings {});
    CHECK(row("collected-at") == "2026-11-24T11:00:00.000+00:00");
    CHECK(row("digest") == digest);
    CHECK(row("generation") == "1");
    unchanged("partial");
    CHECK(node.kinds() == Strings { "security-change" });
    CHECK(node.toProber.empty());

    CHECK_THROWS_AS(unchanged("not-collected"), yang::Error);
    CHECK_THROWS_AS(unchanged("collected", two), yang::Error);
    CHECK_THROWS_AS(unchanged("collected", {}, "unchanged", "7"), yang::Error);
    CHECK_THROWS_AS(unchanged("collected", {}, "other"), yang::Error);
    CHECK(node.toProber.empty());

    // What could not be taken over was the last one: its content is not known.
    CHECK_THROWS_AS(node.collected("user-permissions", R"("nonsense":1)"), yang::Error);
    unchanged("collected");
    CHECK(asked());
    node.collected("user-permissions", two);
    unchanged("collected");
    CHECK(node.toProber.empty());

    node.collected("user-permissions", "", "not-collected");
    unchanged("collected");
    CHECK(asked());
    node.collected("user-permissions", two);
    node.reporter.proberStarted(); // another one, that has sent nothing yet
    node.toProber.clear();
    unchanged("collected");
    CHECK(asked());
}

TEST_CASE("the state is valid, and shows what is")
{
    Fixture node;
    node.reporter.configure(running({ "user-permissions" }), {});
    node.collected("user-permissions", groups(group("a", 1)));
    yang::Tree state = node.state();
    CHECK_NOTHROW(state.validate(context()));
    const yang::Node status = *state.find("/femto-security:femto-security/status");
    CHECK(status.value("epoch") == node.sent[0].epoch);
    CHECK(status.value("last-sequence-number") == "1");
    CHECK(status.value("oldest-logged-sequence-number") == "1");
    CHECK(status.value("agent-version") == FEMTOWATCH_VERSION);
    CHECK(status.value("clock-synchronized"));
    CHECK(status.children("category").size() == 7);
}

TEST_CASE("reports go out when the log cannot keep them, and the loss is counted")
{
    loop::Loop loop;
    agent::ReportLog log(context(), "/nowhere/at/all");
    std::vector<agent::Notification> sent;
    agent::Reporter reporter(context(), loop, log, "node-1",
        { [&](const agent::Notification& one) { sent.push_back(one); }, [](frame::Message) {} });
    reporter.configure(running({ "open-ports" }), {});
    reporter.configure(running({}), agent::Origin { "joe", 1, "" });
    reporter.dropped();
    reporter.configure(running({}, R"("heartbeat-interval":5)"), {});
    REQUIRE(sent.size() == 3);
    CHECK(sent[2].event->tree().root().value("dropped-reports") == "3");
    CHECK(!reporter.state().find(
        "/femto-security:femto-security/status/oldest-logged-sequence-number"));
}
