// What an attacker with a mount, or a broken update, does to a single file must not blind a probe.
#include "agent/prober/hash_cache.h"
#include "agent/prober/probe.h"
#include "agent/prober/vendor/facts.h"
#include "tests/slurp.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>
#include <sys/stat.h>

namespace fs = std::filesystem;

namespace {

enum class Kind { Folder, Fifo, Garbage };

void replace(const fs::path& file, Kind kind)
{
    fs::remove(file);
    if (kind == Kind::Folder) {
        fs::create_directory(file);
    } else if (kind == Kind::Fifo) {
        REQUIRE(::mkfifo(file.c_str(), 0644) == 0);
    } else {
        std::ofstream(file) << "\xff\x01\x1b[31m'\"]]>(" << std::string(100'000, 'A') << "\n(";
    }
}

std::vector<fs::path> filesBelow(const fs::path& root)
{
    std::vector<fs::path> out;
    for (const auto& entry : fs::recursive_directory_iterator(root)) {
        if (entry.is_regular_file() && !entry.is_symlink()) {
            out.push_back(fs::relative(entry.path(), root));
        }
    }
    return out;
}

std::string statusOf(const yang::Tree& tree)
{
    const auto found = tree.select("/femto-security:femto-security/status/category/status");
    REQUIRE(found.size() == 1);
    return found.front().value();
}

} // namespace

TEST_CASE("an odd file blinds no probe")
{
    const yang::Context context = schemas::prober();
    for (const agent::Probe& probe : agent::probes()) {
        const fs::path plain = fs::path(SOURCE_DIR "/tests/fixtures") / probe.name / "plain/root";
        const TemporaryFolder folder;
        const fs::path at = folder.path / "root";
        fs::copy(plain, at, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
        for (const fs::path& file : filesBelow(plain)) {
            // Without it there is nobody to tell of.
            const bool all
                = std::string_view(probe.name) == "user-permissions" && file == "etc/passwd";
            for (const Kind kind : { Kind::Folder, Kind::Fifo, Kind::Garbage }) {
                INFO(probe.name << " " << file.string() << " kind " << static_cast<int>(kind));
                replace(at / file, kind);
                agent::HashCache hashes;
                const agent::Root root(at);
                agent::Facts facts(root, context, agent::Vendor());
                const agent::Result result = agent::run(probe, root, {}, hashes, facts, context);
                const std::string status = statusOf(result.tree);
                CHECK((all || status != "femto-security-types:not-collected"));
            }
            fs::remove(at / file);
            fs::copy_file(plain / file, at / file);
        }
    }
}
