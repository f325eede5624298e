#include "bench.h"

#include <algorithm>
#include <catch2/catch.hpp>

using namespace bench;

namespace {

const Ports One { { 22 }, 1 };
const Ports Two { { 22, 80 }, 2 };
const Ports Three { { 22, 80, 443 }, 3 };

/// A node that begins with one port open.
fake::Script plain(const std::string& name = "n1")
{
    fake::Script out;
    out.status = status(Epoch, "@LAST@", One);
    out.collect = { full(name, Epoch, "@SEQ@", One) };
    return out;
}

bool asked(const std::vector<std::string>& all, const std::string& word)
{
    return std::ranges::find(all, word) != all.end();
}

/// Whether a node that has to be configured was asked for its status a third time: when it is
/// subscribed to.
bool isLive(fake::Node& node, int& gets)
{
    for (const std::string& word : node.asked()) {
        gets += word == "get" ? 1 : 0;
    }
    return gets == 3;
}

/// Facts by which a node is known to have been at report 5 with one port open.
json known()
{
    return { { "epoch", Epoch }, { "sequence", 5 }, { "log-time", "2026-11-24T09:00:00Z" },
        { "state",
            R"({"femto-security:femto-security":{"status":{"category":[{"type":
              "femto-security-types:open-ports","status":"femto-security-types:collected",
              "generation":"1","digest":")"
                + One.digest() + R"("}]},"inventory":{"open-ports":{"port":[{"network-namespace":
              "host","protocol":"femto-security-types:tcp","local-address":"0.0.0.0",
              "local-port":22}]}}}})" } };
}

} // namespace

TEST_CASE("a node is connected, configured, subscribed to, collected and judged")
{
    Coordinator coordinator;
    fake::Node node(plain());
    coordinator.assign("n1", node);
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "state") > 0; }));
    CHECK(coordinator.of("n1", "connected")[0].at("fingerprint") == node.fingerprint());
    CHECK(coordinator.ports("n1") == std::vector<unsigned> { 22 });
    const auto words = node.asked();
    CHECK(words
        == std::vector<std::string> { "key", "user collector", "get", "edit-config", "get",
            "create-subscription", "get", "collect-now" });
    const auto report = coordinator.of("n1", "report");
    REQUIRE(report.size() == 1);
    CHECK(report[0].at("kind") == "full");
    CHECK(report[0].at("epoch") == Epoch);
    CHECK(report[0].at("sequence") == 1);
    CHECK(report[0].at("categories") == json::array({ "open-ports" }));
    CHECK(coordinator.until([&] {
        const auto all = coordinator.of("n1", "verdicts");
        return std::ranges::any_of(all, [](const json& one) {
            return one.at("category") == "open-ports" && !one.at("results").empty();
        });
    }));

    SECTION("a change is applied and judged")
    {
        node.notify(change("n1", Epoch, "@SEQ@", One, Two));
        node.notify(change("n1", Epoch, "@SEQ@", Two, Three));
        node.notify(change("n1", Epoch, "@SEQ@", Three, Ports { { 22, 80 }, 4 }));
        REQUIRE(coordinator.until([&] {
            return coordinator.ports("n1") == std::vector<unsigned> { 22, 80 };
        }));
        CHECK(coordinator.count("n1", "report") == 4);
        CHECK(coordinator.count("n1", "lost") == 0);
        CHECK(!asked(node.asked(), "collect-now"));
    }
    SECTION("an edit of a content that is not ours leads to a collection")
    {
        node.notify(change("n1", Epoch, "@SEQ@", Two, Three));
        REQUIRE(coordinator.until([&] { return coordinator.count("n1", "report") == 3; }));
        CHECK(asked(node.asked(), "collect-now"));
    }
    SECTION("a change that led to what is known already is passed over")
    {
        node.notify(full("n1", Epoch, "@SEQ@", Three));
        node.notify(change("n1", Epoch, "@SEQ@", One, Two));
        REQUIRE(coordinator.until([&] { return coordinator.count("n1", "report") == 3; }));
        node.notify(heartbeat("n1", Epoch, "@SEQ@", Three));
        REQUIRE(coordinator.until([&] { return coordinator.count("n1", "report") == 4; }));
        CHECK(coordinator.ports("n1") == std::vector<unsigned> { 22, 80, 443 });
        CHECK(!asked(node.asked(), "collect-now"));
    }
    SECTION("a heartbeat with another digest leads to a collection")
    {
        node.notify(heartbeat("n1", Epoch, "@SEQ@", One));
        REQUIRE(coordinator.until([&] { return coordinator.count("n1", "report") == 2; }));
        CHECK(!asked(node.asked(), "collect-now"));
        node.notify(heartbeat("n1", Epoch, "@SEQ@", Two));
        REQUIRE(coordinator.until([&] { return coordinator.count("n1", "report") == 4; }));
        CHECK(asked(node.asked(), "collect-now"));
    }
    SECTION("a report of another node is left out and refused")
    {
        node.notify(change("n2", Epoch, "@SEQ@", One, Two));
        REQUIRE(coordinator.until([&] { return coordinator.count("n1", "refused") == 1; }));
        CHECK(coordinator.count("n1", "report") == 1);
        CHECK(coordinator.ports("n1") == std::vector<unsigned> { 22 });
    }
    SECTION("a session that ends is made again")
    {
        node.closeSession();
        REQUIRE(coordinator.until([&] { return coordinator.count("n1", "connected") == 2; }));
        CHECK(
            coordinator.of("n1", "disconnected")[0].at("reason") == "the node closed the session");
    }
}

TEST_CASE("a host key that is not pinned is refused before any key of ours is shown")
{
    Coordinator coordinator;
    fake::Node node(plain());
    coordinator.assign("n1", node, { { "fingerprint", "SHA256:other" } });
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "refused") >= 2; }));
    CHECK(node.asked().empty());
    CHECK(coordinator.count("n1", "connected") == 0);
}

TEST_CASE("a node may have keys of other types besides the one that is pinned")
{
    Coordinator coordinator;
    fake::Script script = plain();
    script.alsoEcdsa = true;
    fake::Node node(script);
    coordinator.assign("n1", node, { { "fingerprint", node.otherFingerprint() } });
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "state") > 0; }));
    CHECK(coordinator.of("n1", "connected")[0].at("fingerprint") == node.otherFingerprint());
    CHECK(coordinator.count("n1", "refused") == 0);
    CHECK(coordinator.count("n1", "disconnected") == 0);
}

TEST_CASE("each key of a node of which none is pinned is named")
{
    Coordinator coordinator;
    fake::Script script = plain();
    script.alsoEcdsa = true;
    fake::Node node(script);
    coordinator.assign("n1", node, { { "fingerprint", "SHA256:other" } });
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "refused") >= 1; }));
    const auto reason = coordinator.of("n1", "refused")[0].at("reason").get<std::string>();
    CHECK(reason.find(node.fingerprint() + " (ssh-ed25519)") != reason.npos);
    CHECK(reason.find(node.otherFingerprint() + " (ecdsa-sha2-nistp256)") != reason.npos);
}

TEST_CASE("a node that does not take our key is refused")
{
    Coordinator coordinator;
    fake::Script script = plain();
    script.acceptsKey = false;
    fake::Node node(script);
    coordinator.assign("n1", node);
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "refused") >= 1; }));
    CHECK(coordinator.of("n1", "refused")[0].at("reason").get<std::string>().starts_with(
        "the node does not accept our key SHA256:"));
}

TEST_CASE("a gap is repaired by having reports sent again")
{
    Coordinator coordinator;
    fake::Script script = plain();
    script.last = 5;
    script.resend = { change("n1", Epoch, "6", One, Two) };
    fake::Node node(script);
    coordinator.assign("n1", node, known());
    REQUIRE(coordinator.until([&, gets = 0]() mutable { return isLive(node, gets); }));
    node.notify(change("n1", Epoch, "7", Two, Three));
    REQUIRE(coordinator.until([&] {
        return coordinator.ports("n1") == std::vector<unsigned> { 22, 80, 443 };
    }));
    const auto reports = coordinator.of("n1", "report");
    REQUIRE(reports.size() == 2);
    CHECK(reports[0].at("sequence") == 6);
    CHECK(reports[1].at("sequence") == 7);
    const auto lost = coordinator.of("n1", "lost");
    REQUIRE(lost.size() == 1);
    CHECK(lost[0].at("repaired") == true);
    CHECK(lost[0].at("from") == 6);
    CHECK(lost[0].at("to") == 6);
    CHECK(!asked(node.asked(), "collect-now"));
}

TEST_CASE("a gap that cannot be repaired is lost, and all is collected anew")
{
    Coordinator coordinator;
    fake::Script script = plain();
    script.last = 5;
    script.collect = { full("n1", Epoch, "@SEQ@", Three) };
    SECTION("the node has nothing to resend") { }
    SECTION("the node resends something else")
    {
        script.resend = { change("n1", Epoch, "5", One, Two) };
    }
    fake::Node node(script);
    coordinator.assign("n1", node, known());
    REQUIRE(coordinator.until([&, gets = 0]() mutable { return isLive(node, gets); }));
    node.notify(heartbeat("n1", Epoch, "@SEQ@", Two)); // 6
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "report") == 2; }));
    node.notify(change("n1", Epoch, "@GAP@", Two, Three)); // 9
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "lost") == 2; }));
    CHECK(coordinator.of("n1", "report").back().at("sequence") == 10);
    CHECK(coordinator.ports("n1") == std::vector<unsigned> { 22, 80, 443 });
    CHECK(coordinator.of("n1", "lost")[0].at("repaired") == false);
    CHECK(coordinator.of("n1", "lost")[0].at("from") == 8);
    CHECK(coordinator.of("n1", "lost")[0].at("to") == 8);
    CHECK(coordinator.of("n1", "lost")[1].at("repaired") == true);
    // The loss was a finding as long as it lasted.
    size_t violations = 0;
    for (const json& verdicts : coordinator.of("n1", "verdicts")) {
        for (const json& result : verdicts.at("results")) {
            violations += result.at("rule") == "reports-lost" && result.at("verdict") == "violation"
                ? 1
                : 0;
        }
    }
    CHECK(violations == 1);
}

TEST_CASE("what a replay brings twice is taken once")
{
    Coordinator coordinator;
    fake::Script script = plain();
    script.last = 6;
    script.status = status(Epoch, "6", Two);
    script.replay = { full("n1", Epoch, "5", One), change("n1", Epoch, "6", One, Two),
        change("n1", Epoch, "6", One, Two) };
    fake::Node node(script);
    coordinator.assign("n1", node, known());
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "state") == 1; }));
    REQUIRE(coordinator.until([&, gets = 0]() mutable { return isLive(node, gets); }));
    CHECK(coordinator.ports("n1") == std::vector<unsigned> { 22, 80 });
    CHECK(coordinator.count("n1", "report") == 1);
    CHECK(!asked(node.asked(), "collect-now"));
}

TEST_CASE("a new epoch of a node is taken from its beginning")
{
    Coordinator coordinator;
    fake::Script script = plain();
    script.status = status(NextEpoch, "2", Two);
    script.replay = { full("n1", NextEpoch, "1", One), change("n1", NextEpoch, "2", One, Two) };
    script.last = 2;
    fake::Node node(script);
    coordinator.assign("n1", node, known());
    REQUIRE(coordinator.until([&] {
        return coordinator.ports("n1") == std::vector<unsigned> { 22, 80 };
    }));
    CHECK(coordinator.count("n1", "lost") == 0);
    CHECK(coordinator.of("n1", "report").back().at("epoch") == NextEpoch);
}

TEST_CASE("a node that does not take the configuration is watched all the same")
{
    Coordinator coordinator;
    fake::Script script = plain();
    script.acceptsEdit = false;
    fake::Node node(script);
    coordinator.assign("n1", node);
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "state") > 0; }));
}

TEST_CASE("base:1.0 is spoken with a node that has no other")
{
    Coordinator coordinator;
    fake::Script script = plain();
    script.base11 = false;
    fake::Node node(script);
    coordinator.assign("n1", node);
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "state") > 0; }));
}

TEST_CASE("a released node is left, and its name can be assigned again")
{
    Coordinator coordinator;
    fake::Node node(plain());
    coordinator.assign("n1", node);
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "state") > 0; }));
    coordinator.send(collector::Message::Release, { "n1" });
    coordinator.assign("n1", node);
    REQUIRE(coordinator.until([&] { return coordinator.count("n1", "connected") == 2; }));
}
