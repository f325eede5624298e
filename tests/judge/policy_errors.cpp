// What is wrong with a policy is said in one line that names the place and quotes the text.
#include "collector/worker/policy.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>

using namespace collector;

namespace {

Policy parsed(const std::string& json)
{
    static const yang::Context context = schemas::management();
    return Policy::parse(context, json);
}

/// A policy of these profiles.
std::string of(const std::string& profiles, const std::string& more = "")
{
    return R"({"femto-compliance-policy:compliance":{"version":"1","profile":[)" + profiles + "]"
        + more + "}}";
}

/// One profile with one rule that has one check.
std::string withCheck(const std::string& check)
{
    return of(R"({"name":"p","rule":[{"id":"r","category":"femto-security-types:open-ports",)"
              R"("check":[{"name":"c",)"
        + check + "}]}]}");
}

/// A waiver of the shipped rule telnet-disabled that differs in this.
std::string withWaiver(const std::string& rule, const std::string& until)
{
    return of(R"({"name":"p"})",
        R"(,"waiver":[{"name":"T-1","rule":")" + rule + R"(","every-object":[null],"until":")"
            + until + R"(","reason":"lab"}])");
}

using Told = std::pair<std::string, std::string>;

} // namespace

TEST_CASE("a policy that is none is refused")
{
    const auto [json, why] = GENERATE(
        Told { "{}", "no femto-compliance-policy:compliance in it: \"{}\"" },
        Told { R"({"femto-compliance-policy:compliance":{"version":"1"}})", "it has no profile" });
    CHECK_THROWS_WITH(parsed(json), why);
    CHECK_THROWS_AS(parsed(json), PolicyError);
    CHECK_THROWS_AS(parsed("not JSON"), PolicyError);
}

TEST_CASE("a profile is not its own base, and every base is there")
{
    CHECK_THROWS_WITH(parsed(of(R"({"name":"a","base":"b"},{"name":"b","base":"c"},)"
                                R"({"name":"c","base":"a"})")),
        "profiles are each other's base: a -> b -> c -> a");
    CHECK_THROWS_WITH(parsed(of(R"({"name":"a","base":"nope"})")),
        Catch::Contains("nope") && Catch::Contains("/profile[name='a']/base"));
}

TEST_CASE("a rule that can never be judged is refused")
{
    const auto [rule, why]
        = GENERATE(Told { R"({"id":"r","check":[{"name":"c","fresh":{"aspect":"heartbeat"}}]})",
                       "rule r: category is missing" },
            Told { R"({"id":"r","category":"collection"})", "rule r: it has no check" },
            Told { R"({"id":"r","category":"collection","check":[{"name":"c","enabled":false}]})",
                "rule r: there is no check \"c\" to drop" });
    CHECK_THROWS_WITH(parsed(of(R"({"name":"p","rule":[)" + rule + "]}")), "profile p: " + why);
}

TEST_CASE("a check that looks at nothing is refused")
{
    const std::string bound = R"("limit":{"bound":[{"leaf":"local-port","severity":"minor",)"
                              R"("min":1}]})";
    const auto [check, why]
        = GENERATE_COPY(Told { R"("select":"open-ports/port")", "no kind of check" },
            Told { bound, "select is missing" },
            Told { R"("select":"open-ports/port","fresh":{"aspect":"reports"})",
                "it selects by other means" },
            Told { R"("select":"open-ports/port","allow-only":{"list":"users"})",
                "select is \"open-ports/port\", but the objects are of user-permissions/user" },
            Told { R"("select":"user-permissions/user","matches-reference":{"aspect":"missing"})",
                "select is \"user-permissions/user\", but the objects are of "
                "software-integrity/component" },
            Told { R"("select":"open-ports/prt",)" + bound,
                "select names no category or list: \"open-ports/prt\"" },
            Told { R"("select":"open-ports",)" + bound, "open-ports has no leaf \"local-port\"" },
            Told { R"("select":"open-ports/port/owner",)" + bound,
                "select names no category or list: \"open-ports/port/owner\"" });
    CHECK_THROWS_WITH(parsed(withCheck(check)), "profile p: rule r, check c: " + why);
}

TEST_CASE("a leaf that no object has is refused wherever it is named")
{
    const std::string select = R"("select":"open-ports/port",)";
    const std::string none = R"("when":[{"leaf":"nope","min":1}])";
    const std::string good = R"("limit":{"bound":[{"leaf":"local-port","severity":"minor"}]})";
    const std::string check = GENERATE_COPY(select + R"("object":["nope"],)" + good,
        select + R"("where":[{"leaf":"nope","min":1}],)" + good,
        select + R"("except":[{"name":"e",)" + none + "}]," + good,
        select + R"("grade":[{"name":"g","severity":"minor",)" + none + "}]," + good,
        select + R"("limit":{"bound":[{"leaf":"nope","severity":"minor"}]})",
        select + R"("forbid":{"case":[{"name":"f",)" + none + "}]}",
        select + R"("forbid":{"duplicate":{"leaf":"nope"}})",
        select + R"("require":{"object":"o",)" + none + "}",
        select + R"("require":{"object":"o","distinct":"nope"})");
    CHECK_THROWS_WITH(parsed(withCheck(check)),
        "profile p: rule r, check c: open-ports/port has no leaf \"nope\"");
}

TEST_CASE("entries within an object are those of a list that it has")
{
    CHECK_THROWS_WITH(
        parsed(withCheck(R"("select":"open-ports/port","limit":{"bound":[{"leaf":"local-port",)"
                         R"("severity":"minor"}],"within":"scope"})")),
        "profile p: rule r, check c: there is no list \"scope\" within");
}

TEST_CASE("an XPath that selects nothing of the schema is refused")
{
    CHECK_THROWS_WITH(parsed(withCheck(R"("xpath":{"violates":"inventory/open-prts/port"})")),
        Catch::StartsWith("profile p: rule r, check c: ")
            && Catch::Contains("inventory/open-prts/port"));
    CHECK_THROWS_WITH(
        parsed(
            withCheck(R"("xpath":{"violates":"inventory/open-ports/port[local-port mod 2 = 1]"})")),
        Catch::Contains(
            "mod cannot be used in an XPath: inventory/open-ports/port[local-port mod"));
    CHECK_THROWS_WITH(
        parsed(withCheck(R"("xpath":{"violates":"inventory/open-ports/port","unknown":"1 +"})")),
        Catch::Contains("/check[name='c']/xpath/unknown"));
}

TEST_CASE("times of a policy are within what a clock can show")
{
    CHECK_THROWS_WITH(parsed(withWaiver("telnet-disabled", "2300-01-01T00:00:00Z")),
        "waiver T-1: until is no time before the year 2262: \"2300-01-01T00:00:00+00:00\"");
    CHECK_THROWS_WITH(
        parsed(
            of(R"({"name":"p","manifest":[{"release":"1","valid-from":"2300-01-01T00:00:00Z"}]})")),
        "profile p: manifest 1: valid-from is no time: \"2300-01-01T00:00:00+00:00\"");
}

TEST_CASE("a waiver is of a rule that there is")
{
    CHECK(parsed(withWaiver("telnet-disabled", "2027-01-01T00:00:00Z")).waivers.size() == 1);
    CHECK_THROWS_WITH(parsed(withWaiver("telnet-disabld", "2027-01-01T00:00:00Z")),
        "waiver T-1: no profile has a rule \"telnet-disabld\"");
}

TEST_CASE("a severity that there is not is no default")
{
    CHECK(severity("critical") == Severity::Critical);
    CHECK_THROWS_WITH(severity("blocker"), "no severity \"blocker\"");
}
