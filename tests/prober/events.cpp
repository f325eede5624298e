// What the kernel tells as it happens.
#include "agent/prober/events.h"
#include "tests/prober/child.h"
#include "tests/slurp.h"

#include <set>
#include <sys/mount.h>

using namespace std::chrono_literals;

namespace {

struct Heard {
    loop::Loop loop {};
    agent::Events events { loop };
    std::set<uint32_t> programs {};
    std::set<std::string> folders {};
    int moved = 0;
    int mounts = 0;
    int programsLost = 0;
    int foldersLost = 0;

    Heard()
    {
        events.listen({
            .program = [this](uint32_t pid) { programs.insert(pid); },
            .folder = [this](const std::string& path) { folders.insert(path); },
            .foldersMoved = [this] { ++moved; },
            .mounts = [this] { ++mounts; },
            .programsLost = [this] { ++programsLost; },
            .foldersLost = [this] { ++foldersLost; },
        });
    }

    bool until(const std::function<bool()>& what)
    {
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (!what() && std::chrono::steady_clock::now() < end) {
            loop.once(100ms);
        }
        return what();
    }
};

} // namespace

TEST_CASE("a program that is started is heard of, where the kernel tells us")
{
    Heard heard;
    if (!heard.events.ofProcesses()) {
        WARN("the kernel does not tell us of processes here: not tried");
        return;
    }
    const Program program([] { ::execl("/bin/sleep", "sleep", "600", nullptr); });
    CHECK(
        heard.until([&] { return heard.programs.contains(static_cast<uint32_t>(program.pid())); }));
}

TEST_CASE("more programs than the kernel keeps for us are told to be lost")
{
    Heard heard;
    if (!heard.events.ofProcesses()) {
        WARN("the kernel does not tell us of processes here: not tried");
        return;
    }
    // Each round of a shell runs a program; nobody takes the events meanwhile.
    const Program program([] {
        ::execl("/bin/sh", "sh", "-c", "i=0; while [ $i -lt 6000 ]; do /bin/true; i=$((i+1)); done",
            nullptr);
    });
    siginfo_t ended {};
    REQUIRE(::waitid(P_PID, static_cast<id_t>(program.pid()), &ended, WEXITED | WNOWAIT) == 0);
    CHECK(heard.until([&] { return heard.programsLost > 0; }));
}

TEST_CASE("what changes in a folder is heard of, and a folder that comes later")
{
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.path / "etc");
    std::ofstream(folder.path / "etc/file") << "one";
    const agent::Root root(folder.path);
    Heard heard;
    heard.events.watch(root, { "/etc", "/etc/later/still" });

    SECTION("content")
    {
        std::ofstream(folder.path / "etc/file") << "two";
        CHECK(heard.until([&] { return heard.folders.contains("/etc"); }));
    }
    SECTION("mode")
    {
        std::filesystem::permissions(folder.path / "etc/file", std::filesystem::perms::owner_read);
        CHECK(heard.until([&] { return heard.folders.contains("/etc"); }));
    }
    SECTION("a folder that was not there: the one above it is watched, and then itself")
    {
        std::filesystem::create_directories(folder.path / "etc/later");
        CHECK(heard.until([&] { return heard.moved == 1; }));
        CHECK(heard.folders.contains("/etc/later/still"));
        heard.events.watch(root, { "/etc", "/etc/later/still" });
        heard.folders.clear();
        std::filesystem::create_directories(folder.path / "etc/later/still");
        CHECK(heard.until([&] { return heard.folders.contains("/etc/later/still"); }));
        heard.events.watch(root, { "/etc", "/etc/later/still" });
        heard.folders.clear();
        std::ofstream(folder.path / "etc/later/still/file") << "one";
        CHECK(heard.until([&] { return heard.folders.contains("/etc/later/still"); }));
        CHECK_FALSE(heard.folders.contains("/etc"));
    }
    SECTION("nothing is heard of a folder that is not wanted any more")
    {
        heard.events.watch(root, { "/etc/later" });
        std::ofstream(folder.path / "etc/file") << "two";
        std::filesystem::create_directories(folder.path / "etc/later/x");
        CHECK(heard.until([&] { return heard.folders.contains("/etc/later"); }));
        CHECK_FALSE(heard.folders.contains("/etc"));
    }
    CHECK(heard.foldersLost == 0);
}

TEST_CASE("a mount over a folder is heard of, and then what changes in it")
{
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.path / "etc");
    const agent::Root root(folder.path);
    Heard heard;
    heard.events.watch(root, { "/etc", "/none" });
    CHECK(heard.events.hears("/etc"));
    CHECK(heard.events.hears("/none"));
    CHECK_FALSE(heard.events.hears("/usr"));
    const std::string over = folder.path / "etc";
    if (::mount("none", over.c_str(), "tmpfs", 0, nullptr) != 0) {
        WARN("nothing can be mounted here: not tried");
        return;
    }
    const bool told = heard.until([&] { return heard.mounts > 0; });
    CHECK(heard.moved > 0);
    CHECK_FALSE(heard.events.hears("/etc"));
    heard.events.watch(root, { "/etc" });
    std::ofstream(folder.path / "etc/file") << "one";
    const bool changed = heard.until([&] { return heard.folders.contains("/etc"); });
    CHECK(::umount2(over.c_str(), MNT_DETACH) == 0);
    CHECK(told);
    CHECK(changed);
}

TEST_CASE("more changes than the kernel keeps for us are told to be lost")
{
    const TemporaryFolder folder;
    for (const char* name : { "a", "b" }) {
        std::ofstream(folder.path / name) << "one";
    }
    Heard heard;
    heard.events.watch(agent::Root(folder.path), { "/" });
    size_t most = 0;
    std::ifstream("/proc/sys/fs/inotify/max_queued_events") >> most;
    REQUIRE(most > 0);
    for (size_t i = 0; i <= most; ++i) { // of one file the second would be no event of its own
        for (const char* name : { "a", "b" }) {
            std::filesystem::permissions(folder.path / name, std::filesystem::perms::owner_read);
        }
    }
    CHECK(heard.until([&] { return heard.foldersLost > 0; }));
}
