// SIGKILL at any moment: what was acknowledged is kept, and nothing is half done.
#include "agent/server/report_log.h"
#include "common/fd.h"
#include "common/text.h"
#include "tests/server/peer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <csignal>
#include <fcntl.h>
#include <random>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace {

std::string interval(int seconds)
{
    return "<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection>"
           "<heartbeat-interval>"
        + std::to_string(seconds) + "</heartbeat-interval></collection></femto-security>";
}

/// Changes the configuration until it is killed, in three steps for each number: an edit of
/// candidate, a commit to be confirmed, its confirmation. Tells each before it asks for it ("e7",
/// "c7", "k7") and when it is acknowledged ("E7" and so on).
[[noreturn]] void change(const std::string& folder, int from, int tell)
{
    Node node;
    std::filesystem::remove_all(node.folder.path);
    node.folder.path = folder;
    node.restart();
    Peer peer(node, "sec");
    const auto step = [&](char name, int number, const std::string& operation) {
        const auto say = [&](char what) {
            const std::string line = what + std::to_string(number) + "\n";
            if (::write(tell, line.data(), line.size()) != static_cast<ssize_t>(line.size())) {
                ::_exit(2);
            }
        };
        say(name);
        if (peer.call(operation) != "<ok/>") {
            ::_exit(3);
        }
        say(static_cast<char>(name - 'a' + 'A'));
    };
    for (int number = from;; ++number) {
        step('e', number,
            "<edit-config><target><candidate/></target><config>" + interval(number)
                + "</config></edit-config>");
        step('c', number, "<commit><confirmed/><persist>p</persist></commit>");
        step('k', number, "<commit><persist-id>p</persist-id></commit>");
    }
}

struct Told {
    int confirmed = 0; // last number whose confirmation is acknowledged
    int asked = 0; // or may have been
    int committed = 0; // how many commits are acknowledged
};

Told read(const std::string& lines, int before)
{
    Told told { before, before, 0 };
    for (const std::string_view line : text::lines(lines)) {
        const int number = text::number<int>(line.substr(1)).value_or(0);
        told.confirmed = line[0] == 'K' ? number : told.confirmed;
        told.asked = line[0] == 'k' ? number : told.asked;
        told.committed += line[0] == 'C' ? 1 : 0;
    }
    return told;
}

/// So many lines, and perhaps the begin of another.
std::string some(int pipe, size_t lines)
{
    std::string out;
    char block[64];
    while (static_cast<size_t>(std::ranges::count(out, '\n')) < lines) {
        const ssize_t n = ::read(pipe, block, sizeof block);
        REQUIRE(n > 0);
        out.append(block, static_cast<size_t>(n));
    }
    return out;
}

std::string all(int pipe)
{
    std::string out;
    char block[4096];
    for (ssize_t n = 0; (n = ::read(pipe, block, sizeof block)) > 0;) {
        out.append(block, static_cast<size_t>(n));
    }
    return out;
}

} // namespace

TEST_CASE("killed at any moment, the server has what was acknowledged")
{
    const char* const asked = getenv("FEMTOWATCH_KILLS");
    const int kills = asked ? std::atoi(asked) : 30;
    std::mt19937 random(std::random_device {}());
    const Folder folder;
    int value = 60; // that of a fresh agent
    size_t committed = 0; // acknowledged, each of which is reported
    int midway = 0; // found a commit that was not confirmed
    for (int round = 0; round < kills; ++round) {
        int ends[2];
        REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
        const fd::Fd in(ends[0]);
        auto out = std::make_optional<fd::Fd>(ends[1]);
        const pid_t child = ::fork();
        REQUIRE(child >= 0);
        if (child == 0) {
            change(folder.path, value + 1, out->get());
        }
        out.reset();
        std::string said = some(in.get(), 1 + random() % 9); // lines: a busy machine is slow
        std::this_thread::sleep_for(std::chrono::microseconds(random() % 10'000));
        REQUIRE(::kill(child, SIGKILL) == 0);
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        REQUIRE(WIFSIGNALED(status));
        const Told told = read(said.append(all(in.get())), value);
        committed += static_cast<size_t>(told.committed);
        midway += std::filesystem::exists(folder.path + "/running.unconfirmed.json") ? 1 : 0;

        const agent::Datastore datastore(serverContext(), folder.path, "");
        const auto found = datastore.running().find(
            "/femto-security:femto-security/collection/heartbeat-interval");
        const int now = text::number<int>(found->value()).value_or(0);
        INFO("round " << round << ": " << now << " after " << told.confirmed << " acknowledged, "
                      << told.asked << " asked");
        REQUIRE((now == told.confirmed || now == told.asked));
        value = now;
    }
    WARN(kills << " kills, " << midway << " of them in the middle of a confirmed commit");
    CHECK(midway > 0);

    // Each commit and each undoing is in the log, numbered without a gap in its epoch.
    const agent::ReportLog log(serverContext(), folder.path);
    std::map<std::string, uint64_t> last;
    const auto kept = log.between({}, std::nullopt);
    CHECK(kept.size() >= committed);
    for (const auto id : kept) {
        const auto report = log.read(id);
        REQUIRE(report);
        uint64_t& before = last[report->epoch];
        CHECK(report->sequence == before + 1);
        before = report->sequence;
    }
    CHECK(last.size() > 0);
}
