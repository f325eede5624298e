// A large system, or a hostile file, costs bounded time and memory, and the bound is told. The
// tests have a deadline each: what was quadratic did not meet it.
#include "agent/prober/hash_cache.h"
#include "agent/prober/probe.h"
#include "agent/prober/vendor/facts.h"
#include "tests/slurp.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <sys/resource.h>

namespace fs = std::filesystem;

namespace {

const std::string Category = "/femto-security:femto-security/status/category/";

struct Run {
    yang::Tree tree;
    std::string status;
    std::string error; // of the first source that could not be read
    double seconds = 0; // of this process, whatever else the machine does

    size_t count(const std::string& path) const
    {
        return tree.select("/femto-security:femto-security/inventory/" + path).size();
    }
};

double processorTime()
{
    rusage used {};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec);
}

Run look(const std::string& name, const fs::path& at, const agent::Settings& settings = {})
{
    static const yang::Context context = schemas::prober();
    const agent::Probe* probe = nullptr;
    for (const agent::Probe& one : agent::probes()) {
        probe = one.name == name ? &one : probe;
    }
    REQUIRE(probe);
    agent::HashCache hashes({ .budget = std::chrono::minutes(5) }); // in one run
    const agent::Root root(at);
    agent::Facts facts(root, context, agent::Vendor());
    const double start = processorTime();
    Run run { agent::run(*probe, root, settings, hashes, facts, context).tree, {}, {}, 0 };
    run.seconds = processorTime() - start;
    run.status = run.tree.select(Category + "status").front().value();
    const auto errors = run.tree.select(Category + "source/error");
    run.error = errors.empty() ? "" : errors.front().value();
    return run;
}

void write(const fs::path& file, const std::string& content)
{
    fs::create_directories(file.parent_path());
    std::ofstream(file, std::ios::app) << content;
    fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
}

/// A list of words made of numbers.
std::string listed(size_t count, const std::string& before, const std::string& between)
{
    std::string all;
    for (size_t i = 0; i < count; ++i) {
        all += (i == 0 ? "" : between) + before + std::to_string(i);
    }
    return all;
}

/// What becomes of so many users with these rules.
Run withRules(size_t users, const std::string& rules, const agent::Settings& settings = {})
{
    const TemporaryFolder folder;
    std::string passwd = "root:x:0:0::/root:/bin/sh\n";
    for (size_t i = 0; i < users; ++i) {
        const std::string id = std::to_string(i + 1000);
        passwd += "u" + std::to_string(i) + ":x:" + id + ":" + id + "::/:/bin/sh\n";
    }
    write(folder.path / "etc/passwd", passwd);
    std::string groups = "root:x:0:\n";
    const std::string everybody = listed(users, "u", ",");
    for (size_t i = 0; i < 50; ++i) {
        groups
            += "g" + std::to_string(i) + ":x:" + std::to_string(i + 9000) + ":" + everybody + "\n";
    }
    write(folder.path / "etc/group", groups);
    write(folder.path / "etc/sudoers", rules);
    return look("user-permissions", folder.path, settings);
}

const double Deadline
    = std::getenv("FEMTOWATCH_EMULATED") ? 600 : 60; // seconds with sanitizers; it was hours
constexpr size_t Many = 2000;

} // namespace

TEST_CASE("rules for thousands of users are read in time")
{
    std::string rules;
    for (size_t i = 0; i < Many; ++i) {
        rules += "u" + std::to_string(i) + " ALL=(ALL) ALL\n";
    }
    const Run one = withRules(Many, rules);
    CHECK(one.status == "femto-security-types:collected");
    CHECK(one.count("user-permissions/privilege-grant") == Many);
    CHECK(one.seconds < Deadline);
    const Run list
        = withRules(Many, "User_Alias X = " + listed(9000, "u", ",") + "\nX ALL=(ALL) ALL\n");
    CHECK(list.status == "femto-security-types:collected");
    CHECK(list.count("user-permissions/user[privileged='true']") == Many + 1);
    CHECK(list.seconds < Deadline);
    rules.clear();
    for (size_t i = 0; i < 50; ++i) {
        rules += "%g" + std::to_string(i) + " ALL=(ALL) /bin/sh\n";
    }
    const Run groups = withRules(Many, rules);
    CHECK(groups.status == "femto-security-types:collected");
    CHECK(groups.count("user-permissions/user[privileged='true']") == Many + 1);
    CHECK(groups.seconds < Deadline);
}

TEST_CASE("rules that are too many, or too deep, are said to be")
{
    std::string doubled = "Cmnd_Alias A0 = NONE, NONE\n";
    std::string deep = "Cmnd_Alias A0 = /bin/sh\n";
    for (size_t i = 1; i < 50'000; ++i) {
        const std::string before = "A" + std::to_string(i - 1);
        const std::string start = "Cmnd_Alias A" + std::to_string(i) + " = " + before;
        doubled += i < 40 ? start + ", " + before + "\n" : "";
        deep += start + "\n";
    }
    const auto [rules, said]
        = GENERATE_COPY(std::pair(doubled + "u1 ALL=(ALL) A39\n",
                            "/etc/sudoers: more than 500000 members in all lists"),
            std::pair(deep + "u1 ALL=(ALL) A49999\n",
                "/etc/sudoers: aliases in aliases, deeper than 200 of them"),
            std::pair("u1 ALL = " + listed(90'000, "/bin/c", ", ") + "\n",
                "/etc/sudoers: more than 20000 grants"),
            std::pair("u1 ALL = " + listed(9'000, "/bin/c", ", ")
                    + "\nu1 ALL = " + listed(9'000, "/bin/d", ", ") + "\n",
                "/etc/sudoers: too many rules to compare"),
            std::pair("User_Alias X = " + listed(140'000, "u", ",") + "\nX ALL=(ALL) ALL\n",
                "/etc/sudoers:1: more than 100000 members"),
            std::pair(listed(9000, "%g", ",") + "," + listed(9000, "!+n", ",") + " ALL=(ALL) ALL\n",
                "/etc/sudoers: more than 20000 exceptions"));
    const Run run = withRules(10, rules);
    CHECK(run.error == said);
    CHECK(run.status == "femto-security-types:partial");
    CHECK(run.count("user-permissions/user") == 11);
    CHECK(run.count("user-permissions/user[privileged='false']") == 0);
    CHECK(run.seconds < Deadline);
}

TEST_CASE("members of groups are bounded in all, and said to be cut")
{
    agent::Settings settings;
    settings.maxEntries = 100;
    const Run run = withRules(30, "", settings);
    CHECK(run.error == "/etc/group: more than 1000 members of groups, from \"g33\" on");
    CHECK(run.status == "femto-security-types:partial");
    CHECK(run.count("user-permissions/group/member") <= 1001);
    CHECK(run.count("user-permissions/user/group") == 1000);
    CHECK(run.count("user-permissions/user[privileged='false']") == 0);
}

TEST_CASE("thousands of processes and sockets are read in time, up to the bound")
{
    const TemporaryFolder folder;
    for (const char* table : { "tcp6", "udp", "udp6", "raw", "raw6" }) {
        write(folder.path / "proc/net" / table, "  sl  local_address\n");
    }
    std::string rows = "  sl  local_address\n";
    for (size_t pid = 1; pid <= Many; ++pid) {
        const fs::path at = folder.path / "proc" / std::to_string(pid);
        const std::string program = "/opt/p" + std::to_string(pid);
        write(at / "stat",
            std::to_string(pid) + " (p) S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 "
                + std::to_string(pid) + " 0 0\n");
        write(at / "status",
            "Name:\tp\nPPid:\t1\nUid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nCapEff:\t0000000000000000\n");
        write(at / "cmdline", program + '\0');
        fs::create_symlink(program, at / "exe");
        fs::create_directories(at / "fd");
        fs::create_symlink("socket:[" + std::to_string(pid) + "]", at / "fd/0");
    }
    for (size_t inode = 1; inode <= 20'000; ++inode) {
        char address[32];
        std::snprintf(address, sizeof address, "%08zX:%04X", inode, 22);
        rows += " 0: " + std::string(address)
            + " 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0 "
            + std::to_string(inode) + " 1 0 100 0 0 10 0\n";
    }
    write(folder.path / "proc/net/tcp", rows);
    const Run processes = look("running-processes", folder.path);
    CHECK(processes.count("running-processes/program") == Many);
    CHECK(processes.seconds < Deadline);
    const Run ports = look("open-ports", folder.path);
    CHECK(ports.count("open-ports/port") == 20'000);
    CHECK(ports.seconds < Deadline);
}

TEST_CASE("a tree with more files than the bound is cut, and said to be")
{
    const TemporaryFolder folder;
    for (size_t i = 0; i < 25'000; ++i) {
        write(folder.path / "usr/bin" / std::to_string(i % 100) / std::to_string(i), "");
    }
    const Run run = look("software-integrity", folder.path);
    CHECK(run.status == "femto-security-types:partial");
    CHECK(run.error == "more than 20000 entries");
    CHECK(run.count("software-integrity/component") == 20'000);
    CHECK(run.seconds < Deadline);
}
