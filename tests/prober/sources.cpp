// What is said to be unchanged, and what never is.
#include "agent/prober/sources.h"
#include "agent/prober/activity_signature.h"
#include "agent/prober/root.h"
#include "tests/emulated/skip.h"
#include "tests/prober/child.h"
#include "tests/slurp.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <functional>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace {

using agent::Root;
using agent::Sources;

/// Files of a folder that are old enough for their next change to show.
struct Settled {
    TemporaryFolder folder {};
    Root root;

    Settled()
        : root((make(folder.path), folder.path))
    {
        const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
        while (!looked([&] { look(); }).certain()) {
            REQUIRE(std::chrono::steady_clock::now() < until);
            std::this_thread::yield();
        }
    }

    static void make(const std::filesystem::path& at)
    {
        std::filesystem::create_directories(at / "etc/conf.d");
        std::ofstream(at / "etc/file") << "one";
        std::ofstream(at / "etc/other") << "one";
        std::ofstream(at / "etc/conf.d/a") << "one";
        std::filesystem::create_symlink("file", at / "etc/link");
    }

    void look() const
    {
        root.readIfThere("/etc/file");
        root.list("/etc/conf.d");
        root.readIfThere("/etc/absent");
        root.readIfThere("/etc/link");
        root.link("/etc/link");
        root.exists("/etc/none/at/all");
    }

    Sources looked(const std::function<void()>& how) const
    {
        Sources sources;
        const Root::Recording recording(root, &sources);
        how();
        return sources;
    }

    std::filesystem::path etc() const { return folder.path / "etc"; }
};

} // namespace

TEST_CASE("what was looked at is unchanged until it changes")
{
    const Settled settled;
    const Sources sources = settled.looked([&] { settled.look(); });
    REQUIRE(sources.unchanged(settled.root));
    const auto etc = settled.etc();

    SECTION("a file of the same size, with its mtime put back")
    {
        const auto before = std::filesystem::last_write_time(etc / "file");
        std::ofstream(etc / "file") << "two";
        std::filesystem::last_write_time(etc / "file", before);
        CHECK_FALSE(sources.unchanged(settled.root));
    }
    SECTION("its mode")
    {
        std::filesystem::permissions(etc / "file", std::filesystem::perms::owner_read);
        CHECK_FALSE(sources.unchanged(settled.root));
    }
    SECTION("another in its place")
    {
        std::ofstream(etc / "new") << "one";
        std::filesystem::rename(etc / "new", etc / "file");
        CHECK_FALSE(sources.unchanged(settled.root));
    }
    SECTION("one that is gone")
    {
        std::filesystem::remove(etc / "file");
        CHECK_FALSE(sources.unchanged(settled.root));
    }
    SECTION("one that was not there")
    {
        std::ofstream(etc / "absent") << "";
        CHECK_FALSE(sources.unchanged(settled.root));
    }
    SECTION("folders that were not there")
    {
        std::filesystem::create_directories(etc / "none/at/all");
        CHECK_FALSE(sources.unchanged(settled.root));
    }
    SECTION("a name in a folder")
    {
        std::ofstream(etc / "conf.d/b") << "one";
        CHECK_FALSE(sources.unchanged(settled.root));
    }
    SECTION("where a link leads to")
    {
        std::filesystem::remove(etc / "link");
        std::filesystem::create_symlink("other", etc / "link");
        CHECK_FALSE(sources.unchanged(settled.root));
    }
    SECTION("but not a file that nobody looked at")
    {
        std::ofstream(etc / "other") << "two";
        std::ofstream(etc / "conf.d/a") << "two"; // the name was, the content was not
        CHECK(sources.unchanged(settled.root));
    }
}

TEST_CASE("every file of a folder that is walked counts, and those of folders in it do not")
{
    const Settled settled;
    const Sources sources = settled.looked([&] {
        settled.root.sources()->filesOf("/etc", settled.root.open("/etc", O_DIRECTORY).get());
    });
    REQUIRE(sources.unchanged(settled.root));
    std::ofstream(settled.etc() / "conf.d/a") << "two";
    CHECK(sources.unchanged(settled.root));
    std::ofstream(settled.etc() / "other") << "two";
    CHECK_FALSE(sources.unchanged(settled.root));
}

TEST_CASE("what has just changed is not called certain: it could change again unseen")
{
    const Settled settled;
    std::ofstream(settled.etc() / "file") << "two";
    CHECK_FALSE(settled.looked([&] { settled.look(); }).certain());
}

TEST_CASE("what could not be looked at is not called unchanged")
{
    const Settled settled;
    std::filesystem::create_symlink("/", settled.etc() / "loop");
    const Sources sources = settled.looked([&] {
        settled.root.sources()->other("broken", []() -> bool { throw std::runtime_error("gone"); });
    });
    CHECK_FALSE(sources.unchanged(settled.root));
}

TEST_CASE("of the running system, what the kernel makes up is compared by what it says")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const Root root;
    Sources sources;
    {
        const Root::Recording recording(root, &sources);
        root.read("/proc/sys/kernel/ostype");
        root.link("/proc/self/ns/net");
        root.list("/sys/kernel");
        root.exists("/proc/none");
    }
    CHECK(sources.certain());
    CHECK(sources.unchanged(root));

    Sources other;
    {
        const Root::Recording recording(root, &other);
        root.read("/proc/self/timerslack_ns");
        std::ofstream("/proc/self/timerslack_ns") << "50001";
    }
    CHECK_FALSE(other.unchanged(root));
}

TEST_CASE("of the running system, a new listener and a new process change the signature")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const Root root;
    Sources sockets;
    Sources processes;
    {
        const Root::Recording recording(root, &sockets);
        root.readIfThere("/proc/net/tcp");
    }
    {
        const Root::Recording recording(root, &processes);
        root.list("/proc");
    }
    CHECK(sockets.certain());
    CHECK(processes.certain());
    const fd::Fd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    REQUIRE(::listen(listener.get(), 1) == 0);
    const Child child([] { return true; });
    agent::forgetSignatures();
    CHECK_FALSE(sockets.unchanged(root));
    CHECK_FALSE(processes.unchanged(root));
}
