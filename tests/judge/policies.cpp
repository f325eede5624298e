// Every folder tests/policies/<check>/<case> is a test: policy.json judges snapshot.json, and
// expected.json is what comes of the categories that the snapshot has a status of. policy.json may
// be in the parent folder for all its cases, and is the shipped profile if it is in neither.
// facts.json is what a collector would know besides. UPDATE=1 writes expected.json anew.
#include "collector/worker/judge.h"
#include "tests/slurp.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

namespace fs = std::filesystem;
using namespace collector;

namespace {

const wall::Time Now = *wall::parse("2026-11-24T12:00:00Z");

std::string policyOf(const fs::path& folder)
{
    for (const fs::path& at : { folder, folder.parent_path() }) {
        if (fs::exists(at / "policy.json")) {
            return slurp(at / "policy.json");
        }
    }
    return std::string(schemas::file("femto-baseline.json"));
}

CollectionFacts factsOf(const fs::path& folder)
{
    CollectionFacts out;
    if (!fs::exists(folder / "facts.json")) {
        return out;
    }
    const auto facts = nlohmann::json::parse(slurp(folder / "facts.json"));
    out.node = facts.value("node", "");
    if (facts.contains("last-heard")) {
        out.lastHeard = wall::parse(facts.at("last-heard").get<std::string>());
    }
    if (facts.contains("heartbeat-interval")) {
        out.heartbeatInterval = std::chrono::seconds(facts.at("heartbeat-interval").get<int>());
    }
    if (facts.contains("lost")) {
        out.lost = facts.at("lost").get<std::vector<std::string>>();
    }
    if (facts.contains("weakened")) {
        out.weakened = facts.at("weakened").get<std::vector<std::string>>();
    }
    return out;
}

/// The categories that the snapshot is about; the collection itself where there are facts on it.
std::set<std::string> categoriesOf(yang::Node top, const fs::path& folder)
{
    std::set<std::string> out;
    for (const yang::Node& one : top.child("status")->children("category")) {
        out.insert(one.child("type")->local());
    }
    if (fs::exists(folder / "facts.json") || out.empty()) {
        out.insert("collection");
    }
    return out;
}

std::string judged(const yang::Context& context, const fs::path& folder)
{
    const Policy policy = Policy::parse(context, policyOf(folder));
    const yang::Tree tree = yang::Tree::parse(context, slurp(folder / "snapshot.json"));
    const std::set<std::string> categories = categoriesOf(tree.root(), folder);
    const std::vector<Result> results
        = judge(policy, "", tree.root(), factsOf(folder), Now, &categories);
    return nlohmann::json({ { "verdict", nodeVerdict(results) }, { "results", results } }).dump(1)
        + "\n";
}

} // namespace

TEST_CASE("policies judge snapshots as their cases say")
{
    const yang::Context context = schemas::management();
    size_t cases = 0;
    for (const auto& entry : fs::recursive_directory_iterator(SOURCE_DIR "/tests/policies")) {
        if (entry.path().filename() != "snapshot.json") {
            continue;
        }
        ++cases;
        const fs::path folder = entry.path().parent_path();
        const std::string got = judged(context, folder);
        if (getenv("UPDATE")) {
            std::ofstream(folder / "expected.json") << got;
        }
        INFO(folder.parent_path().filename().string() << "/" << folder.filename().string());
        CHECK(got == slurp(folder / "expected.json"));
    }
    CHECK(cases > 0);
}
