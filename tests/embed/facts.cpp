// Facts that a vendor's software writes by libfemtowatch-agent, and what comes back of them.
#include "tests/embed/script.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>
#include <sys/stat.h>
#include <vector>

using namespace embed_test;

TEST_CASE("a file of facts is replaced as a whole and is root's alone")
{
    const TemporaryFolder folder;
    const std::string facts = folder.path / "a/facts.d";
    const auto write = [&](const char* name, const std::string& text) {
        return femtowatch_facts_write(facts.c_str(), name, text.data(), text.size());
    };
    REQUIRE(write("web.json", "{}") == 0);
    REQUIRE(write("web.json", "{ }\n") == 0);
    CHECK(slurp(facts + "/web.json") == "{ }\n");
    CHECK(std::filesystem::status(facts + "/web.json").permissions()
        == (std::filesystem::perms::owner_read | std::filesystem::perms::owner_write));
    std::filesystem::create_directory(facts + "/taken.json");
    CHECK(write("taken.json", "{}") == -EISDIR);
    CHECK(write("large.json", std::string((1u << 20) + 1, ' ')) == -EFBIG);
    for (const char* const name : { "", "web", ".json", "../web.json", "a b.json", ".web.json" }) {
        CHECK(write(name, "{}") == -EINVAL);
        CHECK(femtowatch_facts_remove(facts.c_str(), name) == -EINVAL);
    }
    std::vector<std::string> left;
    for (const auto& entry : std::filesystem::directory_iterator(facts)) {
        left.push_back(entry.path().filename());
    }
    std::ranges::sort(left);
    CHECK(left == std::vector<std::string> { "taken.json", "web.json" });
    CHECK(femtowatch_facts_remove(facts.c_str(), "web.json") == 0);
    CHECK(femtowatch_facts_remove(facts.c_str(), "web.json") == -ENOENT);
    CHECK(femtowatch_facts_write("relative", "web.json", "", 0) == -EINVAL);
}

TEST_CASE("a verdict is that of the last push")
{
    if (skippedAsEmulated(NoPidfd)) {
        return;
    }
    Script script("while read number outcome; do\n"
                  "echo facts web.json $(stat -c %i:%.9Y $facts/web.json) m:c$number $outcome >&3\n"
                  "done <$facts/tell\n");
    const std::string facts = script.folder.path;
    ::setenv("facts", facts.c_str(), 1);
    REQUIRE(::mkfifo((facts + "/tell").c_str(), 0600) == 0);
    const Agent agent = script.start(0, facts.c_str());
    std::ofstream tell(facts + "/tell");
    const auto told = [&](const std::string& what) {
        tell << what << std::endl;
        REQUIRE(readable(agent));
        CHECK(femtowatch_agent_process(agent.get()) == 1);
    };
    femtowatch_facts_verdict verdict {};
    verdict.size = sizeof verdict;
    const auto get
        = [&] { return femtowatch_agent_get_verdict(agent.get(), "web.json", &verdict); };
    const auto push = [&] { return femtowatch_facts_write(facts.c_str(), "web.json", "{}", 2); };

    CHECK(get() == -ENOENT);
    REQUIRE(push() == 0);
    REQUIRE(get() == 0);
    CHECK(verdict.outcome == FEMTOWATCH_FACTS_PENDING);
    CHECK(verdict.categories == 0);
    CHECK(std::string(verdict.text).empty());
    told("1 accepted");
    REQUIRE(get() == 0);
    CHECK(verdict.outcome == FEMTOWATCH_FACTS_ACCEPTED);
    told("2 refused web.json:1: no  such leaf");
    REQUIRE(get() == 0);
    CHECK(verdict.outcome == FEMTOWATCH_FACTS_REFUSED);
    CHECK(verdict.categories == 2);
    CHECK(std::string(verdict.category) == "m:c2");
    CHECK(std::string(verdict.text).ends_with("no such leaf"));
    told("2 accepted");
    REQUIRE(get() == 0);
    CHECK(verdict.outcome == FEMTOWATCH_FACTS_ACCEPTED);
    CHECK(verdict.categories == 2);
    REQUIRE(push() == 0);
    REQUIRE(get() == 0);
    CHECK(verdict.outcome == FEMTOWATCH_FACTS_PENDING);
    told("1 conflict what the agent found stands");
    REQUIRE(get() == 0);
    CHECK(verdict.outcome == FEMTOWATCH_FACTS_CONFLICT);
    CHECK(verdict.categories == 1);
    tell << "1 perhaps" << std::endl; // of a later agent
    tell.close();
    REQUIRE(ended(agent));
    CHECK(get() == 0); // still known
    CHECK(verdict.outcome == FEMTOWATCH_FACTS_CONFLICT);
}
