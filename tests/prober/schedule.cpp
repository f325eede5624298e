#include "agent/prober/schedule.h"
#include "agent/messages.h"
#include "tests/slurp.h"
#include "yang/schemas.h"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <sys/mman.h>

using namespace std::chrono_literals;

TEST_CASE("who asks for a category that takes long to read is told what is known so far")
{
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.path / "usr/sbin");
    for (int i = 0; i < 50; ++i) { // more than can be hashed in a minute
        const auto file = folder.path / "usr/sbin" / ("large" + std::to_string(i));
        const std::ofstream made(file);
        std::filesystem::resize_file(file, uintmax_t { 3 } << 30);
    }
    std::ofstream(folder.path / "usr/sbin/small") << "content";

    const yang::Context context = schemas::prober();
    const agent::Root root(folder.path);
    loop::Loop loop;
    const auto start = std::chrono::steady_clock::now();
    std::string answer;
    agent::Schedule schedule(loop, context, root, {}, [&](frame::Message message) {
        if (message.type == static_cast<uint16_t>(agent::Message::Collected)
            && message.at(1) == "token") {
            answer = message.at(2);
            loop.stop();
        }
    });
    schedule.configure(yang::Tree::parseConfig(context, R"({"femto-security:femto-security":
        {"collection":{"category":[{"type":"femto-security-types:software-integrity",
        "include":["/usr/sbin"]}]}}})"));
    schedule.collect("software-integrity", "token");
    const auto guard = loop.after(60s, [&] { loop.stop(); });
    loop.run();
    loop.cancel(guard);
    CHECK(std::chrono::steady_clock::now() - start >= agent::Schedule::Patience);
    CHECK(answer.find("femto-security-types:partial") != answer.npos);
    CHECK(answer.find("/usr/sbin/small") != answer.npos);
}

namespace {

/// Changes the first byte without a word of it by inotify(7).
void writeThroughMemory(const std::filesystem::path& path)
{
    const fd::Fd file(::open(path.c_str(), O_RDWR | O_CLOEXEC));
    REQUIRE(file);
    void* const all = ::mmap(nullptr, 1, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
    REQUIRE(all != MAP_FAILED);
    *static_cast<char*>(all) = 'x';
    CHECK(::msync(all, 1, MS_SYNC) == 0);
    CHECK(::munmap(all, 1) == 0);
}

} // namespace

TEST_CASE("what has not changed is told without its content")
{
    const bool events = GENERATE(false, true);
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.path / "usr/sbin");
    std::ofstream(folder.path / "usr/sbin/program") << "one";
    const yang::Context context = schemas::node();
    const agent::Root root(folder.path);
    loop::Loop loop;
    std::vector<std::vector<std::string>> told; // fields
    bool more = false;
    agent::Events heard(loop);
    agent::Schedule schedule(
        loop, context, root, {},
        [&](frame::Message message) {
            told.push_back(std::move(message.fields));
            more = true;
        },
        events ? &heard : nullptr);
    const auto next = [&] {
        more = false;
        const auto until = std::chrono::steady_clock::now() + 20s;
        while (!more && std::chrono::steady_clock::now() < until) {
            loop.once(1s);
        }
        REQUIRE(more);
        return told.back();
    };
    schedule.configure(yang::Tree::parseConfig(context, R"({"femto-security:femto-security":
        {"collection":{"category":[{"type":"femto-security-types:software-integrity",
        "sampling-interval":1,"stale-after":10,"include":["/usr/sbin"]}]}}})"));
    const auto first = next();
    CHECK(first.size() == 3);
    CHECK(first.at(2).find("/usr/sbin/program") != std::string::npos);
    auto unchanged = next();
    while (unchanged.size() == 3) { // the file was too new to be sure
        unchanged = next();
    }
    CHECK(unchanged.at(3) == "unchanged");
    CHECK(unchanged.at(2).find("\"digest\"") != std::string::npos);
    CHECK(unchanged.at(2).find("inventory") == std::string::npos);

    std::ofstream(folder.path / "usr/sbin/program") << "two";
    const auto changed = next();
    CHECK(changed.size() == 3);
    CHECK(changed.at(2) != first.at(2));
    while (next().size() == 3) { // settled again
    }
    writeThroughMemory(folder.path / "usr/sbin/program");
    auto unheard = next();
    while (unheard.size() != 3) {
        unheard = next();
    }
    CHECK(unheard.at(2) != changed.at(2));

    told.clear();
    while (next().size() == 3) { // settled again
    }
    schedule.collect("software-integrity", "token");
    const auto asked = next();
    CHECK(asked.at(1) == "token");
    CHECK(asked.size() == 3);
}

TEST_CASE("a reading that takes long keeps nobody waiting, and is told of changes in its middle")
{
    const TemporaryFolder folder;
    std::filesystem::create_directories(folder.path / "usr/sbin");
    std::filesystem::create_directories(folder.path / "etc");
    const auto program
        = [&](int i) { return folder.path / "usr/sbin" / ("p" + std::to_string(10'000 + i)); };
    for (int i = 0; i < 1000; ++i) {
        std::ofstream(program(i)) << i;
    }
    std::ofstream(folder.path / "etc/passwd") << "root:x:0:0::/:/bin/sh\n";
    const yang::Context context = schemas::prober();
    const agent::Root root(folder.path);
    loop::Loop loop;
    agent::Events events(loop);
    std::map<std::string, std::vector<std::string>> told; // contents by category
    bool others = false; // that of accounts has come while there was none of software
    agent::Schedule schedule(
        loop, context, root, {},
        [&](frame::Message message) {
            told[message.at(0)].push_back(message.at(2));
            others = others
                || (message.at(2).find("toor") != std::string::npos
                    && told["software-integrity"].empty());
        },
        &events);
    const auto until = [&](const std::string& category, size_t count) {
        const auto end = std::chrono::steady_clock::now() + 60s;
        while (told[category].size() < count && std::chrono::steady_clock::now() < end) {
            loop.once(1s);
        }
        REQUIRE(told[category].size() >= count);
    };
    const std::string config = R"({"femto-security:femto-security":{"collection":{"category":[
        {"type":"femto-security-types:user-permissions","sampling-interval":3600})";
    schedule.configure(yang::Tree::parseConfig(context, config + "]}}}"));
    until("user-permissions", 1);
    schedule.configure(yang::Tree::parseConfig(context, config + R"(,
        {"type":"femto-security-types:software-integrity","sampling-interval":3600,
        "include":["/usr/sbin"]}]}}})"));
    loop.after(1ms, [&] { // the reading has begun by then
        CHECK(schedule.reading());
        std::ofstream(folder.path / "etc/passwd") << "toor:x:0:0::/:/bin/sh\n";
        std::ofstream(program(0)) << "other";
    });
    until("software-integrity", 2);
    CHECK(others);
    for (const std::string& content : told["software-integrity"]) {
        CHECK(content.find("p10999") != std::string::npos);
    }
    CHECK(told["software-integrity"].at(0) != told["software-integrity"].at(1));
}
