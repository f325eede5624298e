// What a manager asks for by collect-now.
#include "tests/server/reports.h"

using namespace reports;
using Strings = std::vector<std::string>;

TEST_CASE("collect-now asks the prober and reports in full with the nonce")
{
    Fixture node;
    std::vector<std::string> answers;
    const auto ask = [&](const Strings& names) {
        node.reporter.collectNow(names,
            "AAECAwQFBgc=", [&](const agent::Reporter::Header* header, const std::string& e) {
                answers.push_back(header ? std::to_string(header->sequence) : e);
            });
    };
    node.reporter.configure(running({ "user-permissions", "open-ports" }), {});
    ask({});
    CHECK(answers == Strings { "the prober is not running" });
    node.reporter.proberStarted();
    REQUIRE(node.toProber.size() == 1);
    CHECK(node.toProber[0].type == static_cast<uint16_t>(agent::Message::Configure));
    CHECK_THAT(node.toProber[0].at(0), Catch::Contains(R"("sampling-interval":30)"));
    ask({ "femto-security-types:remote-login" });
    CHECK(answers.back() == R"(category "femto-security-types:remote-login" is not enabled)");

    ask({ "femto-security-types:open-ports", "femto-security-types:user-permissions" });
    REQUIRE(node.toProber.size() == 2);
    CHECK(node.toProber[1].fields == Strings { "1", "open-ports", "user-permissions" });
    node.collected("open-ports", "", "collected", "1");
    CHECK(answers.size() == 2);
    node.collected("user-permissions", groups(group("a", 1)), "collected", "1");
    REQUIRE(answers.size() == 3);
    CHECK(answers.back() == "3");
    const yang::Node report = node.sent.back().event->tree().root();
    CHECK(report.value("trigger") == "requested");
    CHECK(report.value("nonce") == "AAECAwQFBgc=");
    CHECK(report.children("category").size() == 2);

    ask({ "femto-security-types:open-ports" });
    node.reporter.configure(running({ "user-permissions" }), {});
    CHECK(answers.back() == "open-ports has been disabled");
    ask({});
    node.reporter.proberEnded();
    CHECK(answers.back() == "the prober has ended");
}

TEST_CASE("a large full report is split by category")
{
    Fixture node;
    node.reporter.configure(running({ "user-permissions", "running-processes", "open-ports" }), {});
    node.reporter.proberStarted();
    const std::string large(200'000, 'x');
    node.reporter.collectNow({}, "", [](const auto*, const std::string&) {});
    node.collected("user-permissions",
        R"("user-permissions":{"user":[{"name":"a","shell":")" + large + R"("}]})", "collected",
        "1");
    node.collected("open-ports", "", "collected", "1");
    node.kinds();
    node.collected("running-processes",
        R"("running-processes":{"program":[{"executable":"/a","user":")" + large + R"("}]})",
        "collected", "1");
    REQUIRE(node.sent.size() == 5);
    CHECK(node.sent[3].event->tree().root().value("parts") == "2");
    CHECK(node.sent[3].event->tree().root().value("part") == "1");
    CHECK(node.sent[4].event->tree().root().value("part") == "2");
    CHECK(node.sent[3].event->tree().root().children("category").size()
            + node.sent[4].event->tree().root().children("category").size()
        == 3);
}
