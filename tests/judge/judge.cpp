#include "collector/worker/judge.h"
#include "yang/schemas.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace collector;

namespace {

const Result* find(const std::vector<Result>& results, std::string_view rule)
{
    const auto found = std::ranges::find(results, rule, &Result::rule);
    return found == results.end() ? nullptr : &*found;
}

} // namespace

TEST_CASE("a node of which nothing is known is compliant with nothing")
{
    const yang::Context context = schemas::management();
    const Policy policy = Policy::parse(context, schemas::file("femto-baseline.json"));
    yang::Tree tree;
    tree.at(context, "/femto-security:femto-security/collection");
    const std::vector<Result> results
        = judge(policy, "", tree.root(), CollectionFacts(), std::chrono::system_clock::now());
    for (const Result& one : results) {
        INFO(nlohmann::json(one).dump());
        CHECK((one.verdict == "indeterminate" || one.verdict == "not-applicable"));
        CHECK(!one.reason.empty());
    }
    CHECK(nodeVerdict(results) == "indeterminate");
    REQUIRE(find(results, "category-not-collected"));
}
