#include "agent/server/subscriptions.h"
#include "agent/server/rpc_error.h"
#include "tests/server/reports.h"

using namespace reports;
using Strings = std::vector<std::string>;
using std::chrono::milliseconds;
using std::chrono::system_clock;

namespace {

struct Fixture5277 {
    TemporaryFolder folder;
    loop::Loop loop;
    agent::ReportLog log { context(), folder.path };
    std::map<uint32_t, Strings> got; // sequence numbers, and names of what has none
    std::function<bool(const agent::Notification&)> permitted
        = [](const agent::Notification&) { return true; };
    bool sending = true;
    agent::Subscriptions all { context(), loop, log,
        { [this](uint32_t session, const agent::Notification& one) {
             got[session].push_back(
                 one.isReport() ? std::to_string(one.sequence) : one.event->tree().root().name());
             return sending;
         },
            [this](uint32_t, const agent::Notification& one) { return permitted(one); } } };
    uint64_t last = 0;

    agent::Notification make(const std::string& name = "collection-heartbeat")
    {
        yang::Tree tree;
        const yang::Node top = tree.at(context(), "/femto-security:" + name);
        top.leaf("node-id", "node-1");
        top.leaf("epoch", Epoch);
        top.leaf("sequence-number", ++last);
        return { wall::now(), std::move(tree), Epoch, last };
    }
    /// As the reporter does it: into the log, then out.
    void report(const std::string& name = "collection-heartbeat")
    {
        const agent::Notification one = make(name);
        log.append(one);
        all.publish(one);
    }
    void reports(size_t count)
    {
        for (size_t i = 0; i < count; ++i) {
            report();
        }
    }
    void sessionStart()
    {
        yang::Tree tree;
        tree.at(context(), "/ietf-netconf-notifications:netconf-session-start")
            .leaf("username", "joe");
        all.publish({ wall::now(), std::move(tree) });
    }
    void rounds(int count)
    {
        for (int i = 0; i < count; ++i) {
            loop.once(milliseconds(0));
        }
    }
    std::string refused(const std::string& stream, std::optional<wall::Time> start = {},
        std::optional<wall::Time> stop = {})
    {
        try {
            all.create(1, { stream, {}, start, stop });
        } catch (const agent::RpcError& error) {
            return error.type + " " + error.tag
                + (error.info.empty() ? "" : " " + error.info[0].second);
        }
        return "";
    }

    static constexpr const char* Epoch = "8c1f6a5e-5dd7-4b7b-9a38-2f0c9d5e1a11";
};

Strings counting(uint64_t from, uint64_t to, const Strings& then = {})
{
    Strings out;
    for (uint64_t i = from; i <= to; ++i) {
        out.push_back(std::to_string(i));
    }
    out.insert(out.end(), then.begin(), then.end());
    return out;
}

constexpr std::chrono::hours Hour { 1 };

} // namespace

TEST_CASE("a subscription that is not right is refused as RFC 5277 says")
{
    Fixture5277 node;
    const auto now = system_clock::now();
    CHECK(node.refused("no-such") == "protocol invalid-value stream");
    CHECK(node.refused("NETCONF", {}, now) == "protocol missing-element startTime");
    CHECK(node.refused("NETCONF", now + Hour) == "protocol bad-element startTime");
    CHECK(node.refused("NETCONF", now - Hour, now - 2 * Hour) == "protocol bad-element stopTime");
    CHECK(node.refused("NETCONF", now - Hour, now - Hour) == "protocol bad-element stopTime");
    CHECK(node.refused("NETCONF") == "");
    CHECK(node.refused("NETCONF") == "protocol operation-failed");
    node.all.drop(1);
    CHECK(node.refused("femto-security", now - Hour, now + Hour) == "");
    CHECK(node.got.empty());
}

TEST_CASE("stream NETCONF has all notifications, stream femto-security the reports only")
{
    Fixture5277 node;
    node.all.create(1, { "", {}, {}, {} }); // the default is NETCONF
    node.all.create(2, { "NETCONF", {}, {}, {} });
    node.all.create(3, { "femto-security", {}, {}, {} });
    node.report();
    node.sessionStart();
    node.report();
    CHECK(node.got[1] == Strings { "1", "netconf-session-start", "2" });
    CHECK(node.got[2] == node.got[1]);
    CHECK(node.got[3] == Strings { "1", "2" });
    CHECK(!node.got.contains(4));
}

TEST_CASE("a replay ends with replayComplete, and goes over into what happens")
{
    Fixture5277 node;
    node.reports(3);
    node.all.create(1, { "femto-security", {}, system_clock::now() - Hour, {} });
    CHECK(node.got.empty()); // the reply comes first
    node.rounds(2);
    CHECK(node.got[1] == counting(1, 3, { "replayComplete" }));
    node.reports(1);
    CHECK(node.got[1] == Strings { "1", "2", "3", "replayComplete", "4" });
}

TEST_CASE("an empty replay is complete too")
{
    Fixture5277 node;
    node.all.create(1, { "NETCONF", {}, system_clock::now() - Hour, {} });
    node.rounds(2);
    CHECK(node.got[1] == Strings { "replayComplete" });
}

TEST_CASE("what happens during a replay is neither lost nor doubled nor out of order")
{
    Fixture5277 node;
    node.reports(100);
    node.all.create(1, { "femto-security", {}, system_clock::now() - Hour, {} });
    node.all.create(2, { "NETCONF", {}, {}, {} });
    for (int i = 0; i < 12; ++i) {
        node.report();
        node.rounds(1);
        if (i == 0) {
            CHECK(node.got[1].size() == 16); // a slice a round, so that others are served
        }
    }
    CHECK(node.got[2] == counting(101, 112));
    Strings wanted = counting(1, 100, { "replayComplete" });
    for (const std::string& one : counting(101, 112)) {
        wanted.push_back(one);
    }
    CHECK(node.got[1] == wanted);
}

TEST_CASE("a stop time in the past ends the subscription with the replay")
{
    Fixture5277 node;
    node.reports(2);
    const auto stop = system_clock::now();
    const auto end = std::chrono::steady_clock::now() + milliseconds(5);
    while (std::chrono::steady_clock::now() < end) { }
    node.reports(2);
    node.all.create(1, { "NETCONF", {}, stop - Hour, stop });
    node.reports(1);
    node.rounds(3);
    node.reports(1);
    CHECK(node.got[1] == counting(1, 2, { "replayComplete", "notificationComplete" }));
    CHECK(node.refused("NETCONF") == ""); // a session that may subscribe again
}

TEST_CASE("a stop time in the future ends the subscription when it comes")
{
    Fixture5277 node;
    node.reports(1);
    const auto now = system_clock::now();
    node.all.create(1, { "NETCONF", {}, now - Hour, now + milliseconds(150) });
    node.rounds(2);
    node.reports(1);
    CHECK(node.got[1] == Strings { "1", "replayComplete", "2" });
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (node.got[1].size() < 4 && std::chrono::steady_clock::now() < end) {
        node.loop.once(milliseconds(50));
    }
    node.reports(1);
    CHECK(node.got[1] == Strings { "1", "replayComplete", "2", "notificationComplete" });
}

TEST_CASE("filter and access control hold for what is replayed and for what happens")
{
    Fixture5277 node;
    node.report("collection-heartbeat");
    node.report("security-change");
    node.all.create(1,
        { "NETCONF", agent::Filter::xpath(context(), "/femto-security:security-change"),
            system_clock::now() - Hour, {} });
    node.all.create(2, { "NETCONF", {}, system_clock::now() - Hour, {} });
    node.permitted = [](const agent::Notification& one) {
        return one.event->tree().root().name() != "security-change";
    };
    node.rounds(2);
    node.report("collection-heartbeat");
    node.report("security-change");
    // replayComplete is neither filtered nor withheld (RFC 8341, 3.4.6)
    CHECK(node.got[1] == Strings { "replayComplete" });
    CHECK(node.got[2] == Strings { "1", "replayComplete", "3" });
    node.permitted = [](const agent::Notification&) { return true; };
    node.report("collection-heartbeat");
    node.report("security-change");
    CHECK(node.got[1] == Strings { "replayComplete", "6" });
}

TEST_CASE("reports are sent again to a session that asks, before what happens")
{
    Fixture5277 node;
    node.reports(40);
    node.all.create(1,
        { "femto-security", agent::Filter::xpath(context(), "/femto-security:security-change"), {},
            {} });
    node.all.create(2, { "femto-security", {}, {}, {} });
    CHECK(node.all.resend(1, Fixture5277::Epoch, 3, 5) == 3); // no filter: it asked for them
    CHECK(node.all.resend(2, Fixture5277::Epoch, 11, {}) == 30);
    CHECK(node.all.resend(3, Fixture5277::Epoch, 40, {}) == 1); // without a subscription
    CHECK(node.all.resend(3, Fixture5277::Epoch, 41, {}) == 0);
    CHECK(node.all.resend(3, "00000000-5dd7-4b7b-9a38-2f0c9d5e1a11", 1, {}) == 0);
    CHECK(node.got.empty());
    node.reports(1);
    node.rounds(4);
    node.reports(1);
    CHECK(node.got[1] == counting(3, 5));
    CHECK(node.got[2] == counting(11, 42));
    CHECK(node.got[3] == Strings { "40" });
}

TEST_CASE("a session that ends during a replay is left alone")
{
    Fixture5277 node;
    node.reports(40);
    node.all.create(1, { "NETCONF", {}, system_clock::now() - Hour, {} });
    node.all.create(2, { "NETCONF", {}, system_clock::now() - Hour, {} });
    node.rounds(1);
    node.all.drop(1);
    node.sending = false; // session 2 cannot be sent anything any more
    node.rounds(5);
    node.reports(1);
    CHECK(node.got[1].size() == 16);
    CHECK(node.got[2].size() == 17);
}

TEST_CASE("a replay of reports that the log gives up meanwhile goes on with what is left")
{
    Fixture5277 node;
    node.reports(60);
    node.all.create(1, { "NETCONF", {}, system_clock::now() - Hour, {} });
    node.rounds(1);
    node.log.limit(10);
    node.rounds(8);
    Strings wanted = counting(1, 16);
    for (const std::string& one : counting(51, 60, { "replayComplete" })) {
        wanted.push_back(one);
    }
    CHECK(node.got[1] == wanted);
}
