#include "agent/prober/hash_cache.h"
#include "common/digest.h"
#include "common/fd.h"
#include "tests/slurp.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

using agent::HashCache;
using agent::Measured;

namespace {

fd::Fd opened(const std::filesystem::path& path)
{
    return fd::Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

void write(const std::filesystem::path& path, const std::string& content)
{
    std::ofstream(path) << content;
}

struct stat statusOf(const std::filesystem::path& path)
{
    struct stat what { };
    REQUIRE(::stat(path.c_str(), &what) == 0);
    return what;
}

/// Until the file is old enough to be kept: no edit could leave the same ctime any more.
Measured cached(HashCache& cache, const std::filesystem::path& path)
{
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline) {
        cache.begin();
        cache.measure(opened(path).get());
        if (const auto known = cache.remembered(statusOf(path))) {
            return *known;
        }
        ::poll(nullptr, 0, 10);
    }
    FAIL("never kept");
    return {};
}

} // namespace

TEST_CASE("a file that is measured again and did not change is not read again")
{
    const TemporaryFolder folder;
    const auto file = folder.path / "file";
    write(file, "content");
    HashCache cache;
    const Measured first = cached(cache, file);
    CHECK(first.state == Measured::State::Measured);
    CHECK(first.hash == digest::sha256("content"));
    const Measured second = cache.measure(opened(file).get());
    CHECK(second.at == first.at);
    CHECK(second.hash == first.hash);
}

TEST_CASE("an edit of the same size with its mtime put back is seen")
{
    const TemporaryFolder folder;
    const auto file = folder.path / "file";
    write(file, "content");
    HashCache cache;
    cached(cache, file);
    const struct stat before = statusOf(file);
    const fd::Fd edit(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    REQUIRE(::pwrite(edit.get(), "C", 1, 0) == 1);
    const timespec times[] = { before.st_atim, before.st_mtim };
    REQUIRE(::futimens(edit.get(), times) == 0);
    const struct stat after = statusOf(file);
    REQUIRE(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
    REQUIRE(after.st_ino == before.st_ino);
    REQUIRE(after.st_size == before.st_size);
    CHECK(cache.measure(opened(file).get()).hash == digest::sha256("Content"));
}

TEST_CASE("a file that was just written is not kept, as another edit could have its ctime")
{
    const TemporaryFolder folder;
    const auto file = folder.path / "file";
    HashCache cache;
    for (const char* content : { "one", "two", "six", "ten" }) {
        write(file, content);
        CHECK(cache.measure(opened(file).get()).hash == digest::sha256(content));
    }
}

TEST_CASE("a touched file is read again and has the same hash")
{
    const TemporaryFolder folder;
    const auto file = folder.path / "file";
    write(file, "content");
    HashCache cache;
    const Measured first = cached(cache, file);
    REQUIRE(::utimensat(AT_FDCWD, file.c_str(), nullptr, 0) == 0);
    const Measured second = cache.measure(opened(file).get());
    CHECK(second.hash == first.hash);
    CHECK(second.at > first.at);
}

TEST_CASE("what cannot be read has no hash, least of all that of nothing")
{
    const TemporaryFolder folder;
    const auto file = folder.path / "file";
    write(file, "content");
    HashCache cache;
    const fd::Fd writing(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    for (const int wrong : { -1, writing.get() }) {
        const Measured measured = cache.measure(wrong);
        CHECK(measured.state == Measured::State::Unreadable);
        CHECK(measured.hash.empty());
        CHECK_FALSE(measured.error.empty());
    }
    const fd::Fd directory(::open(folder.path.c_str(), O_RDONLY | O_CLOEXEC));
    CHECK(cache.measure(directory.get()).state == Measured::State::Unreadable);
    write(file, "");
    CHECK(cache.measure(opened(file).get()).hash == digest::sha256(""));
}

TEST_CASE("a file over the limit is not read")
{
    const TemporaryFolder folder;
    const auto file = folder.path / "file";
    write(file, "content");
    HashCache::Limits limits;
    limits.largestFile = 6;
    HashCache cache(limits);
    const Measured measured = cache.measure(opened(file).get());
    CHECK(measured.state == Measured::State::TooLarge);
    CHECK(measured.hash.empty());
}

TEST_CASE("a large file is read in several runs, others wait meanwhile")
{
    const TemporaryFolder folder;
    const auto file = folder.path / "large";
    const std::string content(3u << 20, 'x');
    write(file, content);
    write(folder.path / "small", "small");
    HashCache::Limits limits;
    limits.budget = std::chrono::milliseconds(0); // one block a run is still not read
    HashCache none(limits);
    CHECK(none.measure(opened(file).get()).state == Measured::State::Pending);

    // A budget that is gone after the first block of a file.
    limits.budget = std::chrono::milliseconds(1);
    limits.largestFile = 4ull << 30;
    HashCache cache(limits);
    const auto sparse = folder.path / "sparse";
    write(sparse, "");
    REQUIRE(::truncate(sparse.c_str(), 16 << 20) == 0);
    size_t runs = 0;
    Measured measured;
    do {
        cache.begin();
        measured = cache.measure(opened(sparse).get());
        if (measured.state == Measured::State::Pending) {
            CHECK(measured.hash.empty());
            CHECK(cache.measure(opened(folder.path / "small").get()).state
                == Measured::State::Pending);
        }
    } while (measured.state == Measured::State::Pending && ++runs < 10'000);
    CHECK(runs > 1);
    CHECK(measured.state == Measured::State::Measured);
    CHECK(measured.hash == digest::sha256(std::string(16 << 20, '\0')));
}

TEST_CASE("a file that changes between two runs is begun anew")
{
    const TemporaryFolder folder;
    const auto file = folder.path / "file";
    write(file, "");
    REQUIRE(::truncate(file.c_str(), 16 << 20) == 0);
    HashCache::Limits limits;
    limits.budget = std::chrono::milliseconds(1);
    HashCache cache(limits);
    REQUIRE(cache.measure(opened(file).get()).state == Measured::State::Pending);
    const fd::Fd edit(::open(file.c_str(), O_WRONLY | O_CLOEXEC));
    REQUIRE(::pwrite(edit.get(), "C", 1, 0) == 1);
    Measured measured;
    for (size_t runs = 0; runs < 10'000; ++runs) {
        cache.begin();
        measured = cache.measure(opened(file).get());
        if (measured.state != Measured::State::Pending) {
            break;
        }
    }
    std::string content(16 << 20, '\0');
    content[0] = 'C';
    CHECK(measured.hash == digest::sha256(content));
}

TEST_CASE("a file that changes while it is read has no hash")
{
    // Of /proc: its metadata moves with every look at it, or its size is not what is read.
    HashCache cache;
    const TemporaryFolder folder;
    const auto file = folder.path / "file";
    write(file, "content");
    struct stat before = statusOf(file);
    // A writer on the same file, faster than any reader of 64 MiB.
    REQUIRE(::truncate(file.c_str(), 64 << 20) == 0);
    const pid_t writer = ::fork();
    if (writer == 0) {
        const int edit = ::open(file.c_str(), O_WRONLY | O_CLOEXEC);
        for (;;) {
            if (::pwrite(edit, "x", 1, 0) != 1 || ::getppid() == 1) {
                ::_exit(1);
            }
        }
    }
    REQUIRE(writer > 1);
    HashCache::Limits limits;
    limits.budget = std::chrono::minutes(1);
    HashCache patient(limits);
    // The writer may not have begun yet.
    while (statusOf(file).st_mtim.tv_nsec == before.st_mtim.tv_nsec) {
        ::poll(nullptr, 0, 1);
    }
    const Measured measured = patient.measure(opened(file).get());
    ::kill(writer, SIGKILL);
    ::waitpid(writer, nullptr, 0);
    CHECK(measured.state == Measured::State::ChangedDuringRead);
    CHECK(measured.hash.empty());
}

TEST_CASE("an old entry is measured anew, and stands while there is no budget for it")
{
    const TemporaryFolder folder;
    const auto file = folder.path / "file";
    write(file, "content");
    HashCache::Limits limits;
    HashCache cache(limits);
    cached(cache, file);
    limits.rehashAfter = std::chrono::seconds(0);
    HashCache restless(limits);
    restless.begin();
    const Measured first = restless.measure(opened(file).get());
    const Measured second = restless.measure(opened(file).get());
    CHECK(second.at > first.at);
    CHECK(second.hash == first.hash);
}

TEST_CASE("the cache does not grow over its bound")
{
    const TemporaryFolder folder;
    HashCache::Limits limits;
    limits.entries = 8;
    HashCache cache(limits);
    for (int i = 0; i < 32; ++i) {
        write(folder.path / std::to_string(i), std::to_string(i));
    }
    cached(cache, folder.path / "31");
    size_t known = 0;
    for (int i = 0; i < 32; ++i) {
        const auto file = folder.path / std::to_string(i);
        CHECK(cache.measure(opened(file).get()).hash == digest::sha256(std::to_string(i)));
    }
    for (int i = 0; i < 32; ++i) {
        known += cache.remembered(statusOf(folder.path / std::to_string(i))).has_value();
    }
    CHECK(known <= 8);
    CHECK(known > 0);
}
