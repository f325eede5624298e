#include "collector/worker/report.h"
#include "bench.h"

#include <catch2/catch.hpp>

using namespace collector;

namespace {

constexpr const char* Time = "2026-11-24T12:00:00Z";

Report read(const std::string& kind, const std::string& inner, const std::string& time = Time)
{
    std::string said;
    yang::Tree tree = yang::Tree::parseNotification(bench::context(),
        "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"><eventTime>"
            + std::string(Time) + "</eventTime><" + kind
            + " xmlns=\"urn:femtowatch:yang:femto-security\">" + inner + "</" + kind
            + "></notification>",
        &said);
    CHECK(said == Time);
    return readReport(std::move(tree), time);
}

const std::string Envelope = "<node-id>n1</node-id><epoch>" + std::string(bench::Epoch)
    + "</epoch><sequence-number>7</sequence-number>";

} // namespace

TEST_CASE("a report has its place, its node and its kind")
{
    using Case = std::pair<const char*, const char*>;
    const auto [notification, kind] = GENERATE(Case { "security-report", "full" },
        Case { "security-change", "change" }, Case { "collection-heartbeat", "heartbeat" },
        Case { "collection-config-changed", "config-changed" });
    CAPTURE(notification);
    const Report report = read(notification, Envelope);
    CHECK(std::string(name(report.kind)) == kind);
    CHECK(report.place == Place { bench::Epoch, 7 });
    CHECK(report.node == "n1");
    CHECK(report.time == Time);
    CHECK(report.configDigest.empty());
}

TEST_CASE("what is no report, or has no time, is refused")
{
    yang::Tree data;
    data.at(bench::context(), "/femto-security:femto-security/collection");
    CHECK_THROWS_WITH(
        readReport(std::move(data), Time), "not a report: femto-security:femto-security");
    CHECK_THROWS_WITH(
        read("collection-heartbeat", Envelope, "yesterday"), "eventTime is \"yesterday\"");
}
