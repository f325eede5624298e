#include "agent/server/report_log.h"
#include "tests/server/reports.h"

#include <csignal>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace reports;
namespace fs = std::filesystem;

namespace {

const std::string Epoch = "8c1f6a5e-5dd7-4b7b-9a38-2f0c9d5e1a11";

wall::Time at(int second)
{
    return *wall::parse("2026-11-24T10:00:00Z") + std::chrono::seconds(second);
}

/// A report whose eventTime is that many seconds after ten o'clock.
agent::Notification report(uint64_t number, const std::string& epoch = Epoch, size_t size = 0)
{
    yang::Tree tree;
    const yang::Node top = tree.at(context(), "/femto-security:collection-heartbeat");
    top.leaf("node-id", "node-1");
    top.leaf("epoch", epoch);
    top.leaf("sequence-number", number);
    if (size != 0) {
        top.entry("category", "femto-security-types:open-ports")
            .leaf("detail", std::string(size, 'x'));
    }
    return { wall::dateAndTime(at(static_cast<int>(number))), std::move(tree), epoch, number };
}

std::vector<uint64_t> numbers(const agent::ReportLog& log, const std::string& epoch = Epoch)
{
    std::vector<uint64_t> out;
    for (const agent::ReportLog::Id id : log.range(epoch, 0, {})) {
        if (const auto one = log.read(id)) {
            CHECK(one->epoch == epoch);
            CHECK(one->event->tree().root().value("sequence-number")
                == std::to_string(one->sequence));
            out.push_back(one->sequence);
        }
    }
    return out;
}

std::vector<fs::path> files(const fs::path& folder)
{
    std::vector<fs::path> out;
    for (const auto& one : fs::directory_iterator(folder)) {
        out.push_back(one.path());
    }
    std::ranges::sort(out);
    return out;
}

void fill(agent::ReportLog& log, uint64_t from, uint64_t to)
{
    for (uint64_t i = from; i <= to; ++i) {
        log.append(report(i));
    }
}

/// Changes bytes of a file in place.
void spoil(const fs::path& path, size_t offset, const std::string& bytes)
{
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(static_cast<std::streamoff>(offset));
    file << bytes;
}

/// Where each record of a file begins.
std::vector<size_t> records(const std::string& bytes)
{
    std::vector<size_t> out;
    const std::string mark = "\xf5"
                             "FWR1";
    for (size_t i = bytes.find(mark); i != std::string::npos; i = bytes.find(mark, i + 1)) {
        out.push_back(i);
    }
    return out;
}

using Numbers = std::vector<uint64_t>;

} // namespace

TEST_CASE("what is appended is there after a restart, as it was")
{
    const TemporaryFolder folder;
    const std::string other = "11111111-5dd7-4b7b-9a38-2f0c9d5e1a11";
    wall::Time created;
    {
        agent::ReportLog log(context(), folder.path);
        created = log.created();
        fill(log, 1, 3);
        log.append(report(1, other));
    }
    agent::ReportLog log(context(), folder.path);
    CHECK(log.created() == created);
    CHECK(numbers(log) == Numbers { 1, 2, 3 });
    CHECK(numbers(log, other) == Numbers { 1 });
    CHECK(log.oldest(Epoch) == 1);
    CHECK(log.oldest(other) == 1);
    CHECK(!log.oldest("22222222-5dd7-4b7b-9a38-2f0c9d5e1a11"));
    const auto two = log.read(log.range(Epoch, 2, 2).at(0));
    REQUIRE(two);
    CHECK(two->time == "2026-11-24T10:00:02.000Z");
    CHECK(two->event->tree().json() == report(2).event->tree().json());
    CHECK(log.between(at(2), at(3)).size() == 2);
    CHECK(log.between(at(2), {}).size() == 2);
    CHECK(log.between(at(4), {}).empty());
    log.append(report(2, other));
    CHECK(numbers(log, other) == Numbers { 1, 2 });
}

TEST_CASE("the number of reports is bounded, and that of files")
{
    const TemporaryFolder folder;
    agent::ReportLog log(context(), folder.path);
    log.limit(10);
    fill(log, 1, 57);
    CHECK(numbers(log).size() == 10);
    CHECK(log.oldest(Epoch) == 48);
    CHECK(files(folder.path).size() <= 12);
    CHECK(!log.read(1));
    log.limit(4);
    CHECK(numbers(log) == Numbers { 54, 55, 56, 57 });
    const agent::ReportLog again(context(), folder.path);
    CHECK(numbers(again).size() >= 4);
    CHECK(numbers(again).back() == 57);
}

TEST_CASE("the bytes are bounded")
{
    const TemporaryFolder folder;
    agent::ReportLog log(context(), folder.path, 100'000);
    for (uint64_t i = 1; i <= 60; ++i) {
        log.append(report(i, Epoch, 5'000));
        uintmax_t bytes = 0;
        for (const fs::path& one : files(folder.path)) {
            bytes += fs::file_size(one);
        }
        REQUIRE(bytes <= 106'000);
    }
    CHECK(numbers(log).back() == 60);
    CHECK(numbers(log).size() > 10);
    CHECK_THROWS_AS(log.append(report(61, Epoch, 80'000)), std::system_error);
    CHECK(numbers(log).back() == 60);
}

TEST_CASE("damage costs the damaged records only")
{
    const TemporaryFolder folder;
    {
        agent::ReportLog log(context(), folder.path);
        fill(log, 1, 5);
    }
    const fs::path file = files(folder.path).at(0);
    const std::string whole = slurp(file);
    const std::vector<size_t> at = records(whole);
    REQUIRE(at.size() == 5);
    const auto after = [&] { return numbers(agent::ReportLog(context(), folder.path)); };

    SECTION("a flipped bit in a payload")
    {
        spoil(file, at[2] + 60, "\x01");
        CHECK(after() == Numbers { 1, 2, 4, 5 });
    }
    SECTION("a length that leads beyond the end")
    {
        spoil(file, at[1] + 8, "\xff\xff\xff\x7f");
        CHECK(after() == Numbers { 1, 3, 4, 5 });
    }
    SECTION("a length that leads into the next record")
    {
        spoil(file, at[1] + 9, "\x7f");
        CHECK(after() == Numbers { 1, 3, 4, 5 });
    }
    SECTION("a spoilt mark")
    {
        spoil(file, at[0], "zz");
        CHECK(after() == Numbers { 2, 3, 4, 5 });
    }
    SECTION("a spoilt first line")
    {
        spoil(file, 0, "zz");
        CHECK(after() == Numbers { 1, 2, 3, 4, 5 });
    }
    SECTION("a file without content")
    {
        fs::resize_file(file, 0);
        CHECK(after().empty());
    }
    SECTION("a file of something else among them")
    {
        fs::create_directory(folder.path / "reports-0000000007.log");
        CHECK(after() == Numbers { 1, 2, 3, 4, 5 });
    }
    SECTION("damage while it is in use")
    {
        const agent::ReportLog log(context(), folder.path);
        spoil(file, at[2] + 60, "\x01");
        CHECK(numbers(log) == Numbers { 1, 2, 4, 5 });
    }
    SECTION("a cut at any place, and appending goes on behind it")
    {
        for (size_t cut = at[3] - 2; cut < whole.size(); cut += 31) {
            std::ofstream(file, std::ios::binary) << whole.substr(0, cut);
            {
                agent::ReportLog log(context(), folder.path);
                log.append(report(9));
            }
            Numbers wanted { 1, 2, 3 };
            if (cut < at[3]) {
                wanted.pop_back();
            }
            if (cut >= at[4]) {
                wanted.push_back(4);
            }
            wanted.push_back(9);
            CHECK(after() == wanted);
        }
    }
}

TEST_CASE("a process that is killed while it appends leaves whole reports in a row")
{
    const TemporaryFolder folder;
    for (int round = 0; round < 5; ++round) {
        const std::string epoch = std::to_string(round) + "0000000-5dd7-4b7b-9a38-2f0c9d5e1a11";
        int toParent[2];
        REQUIRE(::pipe(toParent) == 0);
        context(); // made before the fork
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            try {
                agent::ReportLog log(context(), folder.path);
                for (uint64_t i = 1;; ++i) {
                    log.append(report(i, epoch, 2'000));
                    const char said = 'x';
                    if (::write(toParent[1], &said, 1) != 1) {
                        ::_exit(1);
                    }
                }
            } catch (...) {
                ::_exit(2);
            }
        }
        ::close(toParent[1]);
        uint64_t told = 0;
        char one = 0;
        while (told < 7u + static_cast<uint64_t>(round) && ::read(toParent[0], &one, 1) == 1) {
            ++told;
        }
        ::kill(child, SIGKILL);
        while (::read(toParent[0], &one, 1) == 1) {
            ++told;
        }
        ::close(toParent[0]);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        const Numbers kept = numbers(agent::ReportLog(context(), folder.path), epoch);
        CHECK(kept.size() >= told); // what was told to be kept is
        CHECK(kept.size() <= told + 1);
        for (size_t i = 0; i < kept.size(); ++i) {
            CHECK(kept[i] == i + 1);
        }
    }
}

TEST_CASE("a full disk keeps no part of a report, and appending goes on when there is room")
{
    const TemporaryFolder folder;
    agent::ReportLog log(context(), folder.path);
    fill(log, 1, 2);
    const fs::path file = files(folder.path).at(0);
    const auto size = fs::file_size(file);
    ::signal(SIGXFSZ, SIG_IGN);
    rlimit before {};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    rlimit little = before;
    little.rlim_cur = size + 100; // a part of the next record fits
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &little) == 0);
    CHECK_THROWS_AS(log.append(report(3)), std::system_error);
    CHECK(fs::file_size(file) == size);
    CHECK(numbers(log) == Numbers { 1, 2 });
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    log.append(report(4));
    CHECK(numbers(log) == Numbers { 1, 2, 4 });
    CHECK(numbers(agent::ReportLog(context(), folder.path)) == Numbers { 1, 2, 4 });
}

TEST_CASE("a folder that cannot be used is no reason not to run")
{
    const TemporaryFolder folder;
    agent::ReportLog log(context(), folder.path / "none");
    CHECK_THROWS_AS(log.append(report(1)), std::system_error);
    CHECK(log.between(at(0), {}).empty());
    CHECK(!log.oldest(Epoch));
    log.limit(10);
}
