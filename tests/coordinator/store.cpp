#include "collector/coordinator/store.h"
#include "tests/slurp.h"

#include <catch2/catch.hpp>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

using collector::Store;
using nlohmann::json;

namespace {

const std::string Fingerprint = "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU";

collector::Enrolment enrolment(const std::string& name)
{
    return { name, "127.0.0.1", 830, "oam", Fingerprint, false, "femto-baseline" };
}

json violation(const std::string& object, const std::string& severity = "major")
{
    return { { "rule", "unexpected-port" }, { "category", "open-ports" },
        { "verdict", "violation" }, { "severity", severity }, { "object", object },
        { "observed", "open" }, { "expected", "in the list" },
        { "evidence", json::array({ "pid 7" }) }, { "remediation", "close it" } };
}

json verdicts(const std::vector<json>& results, const std::string& node = "n1")
{
    return json::array({ json { { "event", "verdicts" }, { "node", node },
        { "category", "open-ports" }, { "results", results }, { "policy", "1" } } });
}

json report(uint64_t sequence, const std::string& epoch = "e1")
{
    return { { "event", "report" }, { "node", "n1" }, { "kind", "security-change" },
        { "epoch", epoch }, { "sequence", sequence }, { "time", "2026-11-24T09:00:00Z" },
        { "received", "2026-11-24T09:00:01Z" }, { "categories", json::array({ "open-ports" }) },
        { "text", "{}" } };
}

using Words = std::vector<std::string>;

Words whats(const std::vector<collector::FindingChange>& changes)
{
    Words all;
    for (const auto& change : changes) {
        all.push_back(change.what + " " + change.finding.at("object").get<std::string>());
    }
    return all;
}

} // namespace

TEST_CASE("a violation that goes and comes back is one finding with two episodes")
{
    Store store(":memory:", 100);
    store.enrol(enrolment("n1"), "me");
    CHECK(whats(store.apply(verdicts({ violation("a"), violation("b") })))
        == Words { "open a", "open b" });
    const int64_t id = store.findings({}).at(0).at("id");
    CHECK(whats(store.apply(verdicts({ violation("a"), violation("b") }))).empty());
    CHECK(whats(store.apply(verdicts({ violation("b") }))) == Words { "resolved a" });
    CHECK(store.findings({}).size() == 1);
    CHECK(whats(store.apply(verdicts({ violation("b"), violation("a") }))) == Words { "open a" });
    const json again = store.findings({}).at(0);
    CHECK(again.at("id") == id);
    CHECK(again.at("episodes") == 2);
}

TEST_CASE("a verdict that could not see resolves nothing")
{
    Store store(":memory:", 100);
    store.enrol(enrolment("n1"), "me");
    store.apply(verdicts({ violation("a") }));
    json blind = violation("");
    blind["verdict"] = "indeterminate";
    CHECK(store.apply(verdicts({ blind })).empty());
    REQUIRE(store.findings({}).size() == 1);
    CHECK(store.findings({}).at(0).at("verifiable") == false);
    CHECK(store.nodes().at(0).at("verdict") == "indeterminate");
    json good = violation("");
    good["verdict"] = "compliant";
    CHECK(whats(store.apply(verdicts({ good }))) == Words { "resolved a" });
}

TEST_CASE("an acknowledged finding stays so until it is resolved")
{
    Store store(":memory:", 100);
    store.enrol(enrolment("n1"), "me");
    store.apply(verdicts({ violation("a") }));
    store.acknowledge(store.findings({}).at(0).at("id"), "me", "known");
    CHECK(store.apply(verdicts({ violation("a") })).empty());
    CHECK(store.findings({}).at(0).at("state") == "acknowledged");
    CHECK(whats(store.apply(verdicts({ violation("a", "critical") }))) == Words { "changed a" });
    store.apply(verdicts({}));
    store.apply(verdicts({ violation("a") }));
    CHECK(store.findings({}).at(0).at("state") == "open");
    CHECK_THROWS_WITH(store.acknowledge(99, "me", ""), "there is no open finding 99");
}

TEST_CASE("a report that is delivered twice is stored once")
{
    Store store(":memory:", 100);
    store.enrol(enrolment("n1"), "me");
    store.apply(json::array({ report(1), report(2), report(2), report(1) }));
    CHECK(store.nodes().at(0).at("reports") == 2);
    CHECK(store.progress("n1").sequence == 2);
    store.apply(json::array({ report(1, "e2") })); // a new epoch starts at 1 again
    CHECK(store.progress("n1").epoch == "e2");
    CHECK(store.nodes().at(0).at("reports") == 3);
}

TEST_CASE("events of a node that is not enrolled are left out")
{
    Store store(":memory:", 100);
    CHECK(store.apply(verdicts({ violation("a") }, "stranger")).empty());
    CHECK(store.findings({}).empty());
}

TEST_CASE("a batch with a broken event leaves nothing behind")
{
    Store store(":memory:", 100);
    store.enrol(enrolment("n1"), "me");
    const json broken = { { "event", "report" }, { "node", "n1" } };
    CHECK_THROWS(store.apply(json::array({ report(1), broken })));
    CHECK(store.progress("n1").sequence == 0);
    CHECK(store.apply(verdicts({ violation("a") })).size() == 1);
}

TEST_CASE("a node is enrolled once, and its dismissal takes its findings along")
{
    Store store(":memory:", 100);
    store.enrol(enrolment("n1"), "me");
    CHECK_THROWS_WITH(store.enrol(enrolment("n1"), "me"), "node n1 is enrolled already");
    store.apply(verdicts({ violation("a") }));
    store.dismiss("n1", "me");
    CHECK(store.nodes().empty());
    CHECK(store.findings({}).empty());
    CHECK_THROWS_WITH(store.dismiss("n1", "me"), "there is no node n1");
}

TEST_CASE("the latest content of each category is kept")
{
    Store store(":memory:", 100);
    store.enrol(enrolment("n1"), "me");
    const auto state = [](const char* category, const char* text) {
        return json { { "event", "state" }, { "node", "n1" }, { "category", category },
            { "text", text }, { "generation", 1 }, { "digest", "00" } };
    };
    store.apply(json::array({ state("a", "1"), state("b", "2"), state("a", "3") }));
    CHECK(store.latest("n1") == Words { "3", "2" });
    CHECK(store.latest("n2").empty());
}

TEST_CASE("a damaged store is refused and left as it is")
{
    const TemporaryFolder folder;
    const std::string file = folder.path / "store.sqlite";
    const std::string garbage(8192, 'x');
    std::ofstream(file) << garbage;
    CHECK_THROWS_WITH(Store(file, 10), Catch::Contains(file));
    CHECK(slurp(file) == garbage);
}

TEST_CASE("a full disk refuses the batch whole, and a later try takes it")
{
    const TemporaryFolder folder;
    const std::string file = folder.path / "store.sqlite";
    {
        Store store(file, 1000);
        store.enrol(enrolment("n1"), "me");
    }
    const pid_t child = ::fork();
    if (child == 0) {
        // Files of this process cannot grow: what a full disk does, without one.
        Store store(file, 1000);
        const rlimit small { 40'000, RLIM_INFINITY };
        ::signal(SIGXFSZ, SIG_IGN);
        ::setrlimit(RLIMIT_FSIZE, &small);
        json events = json::array({ report(1) });
        json big = violation("big");
        big["observed"] = std::string(400'000, 'x');
        events.push_back(verdicts({ big }).at(0));
        bool refused = false;
        try {
            store.apply(events);
        } catch (const collector::sqlite::Error&) {
            refused = true;
        }
        const bool clean = store.findings({}).empty() && store.progress("n1").sequence == 0;
        const rlimit large { RLIM_INFINITY, RLIM_INFINITY };
        ::setrlimit(RLIMIT_FSIZE, &large);
        const bool taken = store.apply(events).size() == 1;
        ::_exit(refused && clean && taken ? 0 : 1);
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    CHECK(status == 0);
    Store store(file, 1000);
    CHECK(store.findings({}).size() == 1);
}

TEST_CASE("what was applied survives a kill at once")
{
    const TemporaryFolder folder;
    const std::string file = folder.path / "store.sqlite";
    const pid_t child = ::fork();
    if (child == 0) {
        Store store(file, 1000);
        store.enrol(enrolment("n1"), "me");
        store.apply(json::array({ report(1) }));
        store.apply(verdicts({ violation("a") }));
        ::raise(SIGKILL);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    REQUIRE(WIFSIGNALED(status));
    Store store(file, 1000);
    CHECK(store.progress("n1").sequence == 1);
    CHECK(store.findings({}).size() == 1);
}
