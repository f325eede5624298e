// Every folder tests/fixtures/<probe>/<case> is a test: root/ is the file system the probe sees,
// expected.json what it must make of it. A script `setup` beside them does to a copy of root/ (its
// argument) what a repository cannot keep: modes, owners, sparse files, odd names. Where it cannot
// be done it exits with 77 and the case is left out. UPDATE=1 writes expected.json anew.
#include "agent/prober/hash_cache.h"
#include "agent/prober/probe.h"
#include "agent/prober/vendor/facts.h"
#include "tests/slurp.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <sys/wait.h>

namespace fs = std::filesystem;

namespace {

/// Times of the run itself are no facts of the fixture.
std::string withoutTimes(yang::Tree& tree)
{
    for (const char* leaf : { "//collected-at", "//measured-at" }) {
        for (const yang::Node& node :
            tree.select(std::string("/femto-security:femto-security") + leaf)) {
            node.remove();
        }
    }
    return tree.json();
}

/// In one way of writing: libyang 2 and 3 do not escape the same characters.
std::string written(const std::string& json)
{
    return nlohmann::ordered_json::parse(json).dump(2);
}

} // namespace

TEST_CASE("each probe makes of its fixtures what is expected")
{
    const yang::Context context = schemas::prober();
    for (const agent::Probe& probe : agent::probes()) {
        const fs::path fixtures = fs::path(SOURCE_DIR "/tests/fixtures") / probe.name;
        REQUIRE(fs::is_directory(fixtures)); // a probe without a fixture does not pass
        for (const auto& folder : fs::directory_iterator(fixtures)) {
            DYNAMIC_SECTION(probe.name << " " << folder.path().filename().string())
            {
                const TemporaryFolder copy;
                const fs::path at = copy.path / "root";
                fs::create_directory(at);
                if (fs::exists(folder.path() / "root")) {
                    fs::copy(folder.path() / "root", at,
                        fs::copy_options::recursive | fs::copy_options::copy_symlinks);
                }
                int skipped = 0;
                if (fs::exists(folder.path() / "setup")) {
                    const std::string command
                        = "sh '" + (folder.path() / "setup").string() + "' '" + at.string() + "'";
                    skipped = std::system(command.c_str());
                    REQUIRE((skipped == 0 || WEXITSTATUS(skipped) == 77));
                }
                if (skipped != 0) {
                    WARN("left out: its setup cannot be made here");
                    continue;
                }
                agent::HashCache hashes;
                agent::Settings settings;
                const agent::Root root(at);
                agent::Facts facts(root, context, agent::Vendor());
                agent::Result result = agent::run(probe, root, settings, hashes, facts, context);
                const std::string got = withoutTimes(result.tree);
                if (getenv("UPDATE")) {
                    std::ofstream(folder.path() / "expected.json") << got;
                }
                CHECK(written(got) == written(slurp(folder.path() / "expected.json")));
            }
        }
    }
}
