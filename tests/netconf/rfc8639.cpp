// Subscription to YANG notifications, by NETCONF as RFC 8640 says.
#include "tests/netconf/identity.h"
#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

std::string establish(const std::string& more = {}, const std::string& stream = "NETCONF")
{
    return "<establish-subscription " + Sn + "><stream>" + stream + "</stream>" + more
        + "</establish-subscription>";
}

std::string id(const std::string& number)
{
    return "<id " + Sn + ">" + number + "</id>";
}

std::string request(const std::string& name, const std::string& content)
{
    return "<" + name + " " + Sn + ">" + content + "</" + name + ">";
}

std::string reason(
    const std::string& container, const std::string& identity, const std::string& hints = {})
{
    return "<" + container + " " + Sn
        + "><reason xmlns:r=\"urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications\">r:"
        + identity + "</reason>" + hints + "</" + container + ">";
}

const std::string Space = "urn:ietf:params:xml:ns:yang:ietf-subscribed-notifications";
const std::string Encoding = identityLeaf("encoding", "sn", Space, "encode-xml");

std::string terminated(const std::string& identity)
{
    return identityLeaf("reason", "sn", Space, identity) + "</subscription-terminated>";
}

const std::string Sessions = "<stream-xpath-filter xmlns:n=\"urn:ietf:params:xml:ns:yang:"
                             "ietf-netconf-notifications\">/n:netconf-session-start"
                             "</stream-xpath-filter>";

std::string started(const std::string& number)
{
    return "<netconf-session-start "
           "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\">"
           "<username>sec</username><session-id>"
        + number + "</session-id><source-host>192.0.2.7</source-host></netconf-session-start>";
}

} // namespace

TEST_CASE("RFC 8639, 2.4.2: several subscriptions of a session, each with its number and filter")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(establish(Sessions)) == id("1"));
    CHECK(peer.call(establish(Sessions)) == id("2"));
    CHECK(peer.call(establish({}, "femto-security")) == id("3"));
    const Peer other(node, "sec");
    CHECK(nextEvent(peer) == started("2"));
    CHECK(nextEvent(peer) == started("2")); // for each of the two
    CHECK(peer.call("<close-session/>") == "<ok/>");
    CHECK(peer.notifications.empty());
    CHECK(node.core->subscriptions.rows().empty());
}

TEST_CASE("RFC 8639, 2.4.2: what is refused, and why")
{
    Node node;
    Peer peer(node, "sec");
    const std::string container = "establish-subscription-stream-error-info";
    CHECK(peer.call(establish({}, "none"))
        == rpcError("application", "invalid-value", "there is no stream &quot;none&quot;",
            "<bad-element>stream</bad-element>"));
    CHECK(peer.call(establish("<encoding>encode-xml</encoding>")) == id("1"));
    CHECK(peer.call(establish("<stream-xpath-filter>/nothing[</stream-xpath-filter>"))
              .find("<error-tag>invalid-value</error-tag>")
        != std::string::npos);
    CHECK(peer.call(establish("<stream-filter-name>f</stream-filter-name>"))
        == rpcError("application", "data-missing",
            "Invalid leafref value &quot;f&quot; - no target instance &quot;/sn:filters/"
            "sn:stream-filter/sn:name&quot; with the same value.",
            {}, "instance-required"));
    CHECK(peer.call(establish("<stop-time>2001-01-01T00:00:00Z</stop-time>"))
        == rpcError("application", "invalid-value", "stop-time is not later than now",
            "<bad-element>stop-time</bad-element>"));
    CHECK(peer.call(establish("<replay-start-time>" + hoursAgo(-1) + "</replay-start-time>"))
        == rpcError("application", "invalid-value", "replay-start-time is in the future",
            "<bad-element>replay-start-time</bad-element>"));
}

TEST_CASE("RFC 8639, 2.4.2: no more subscriptions than the configuration allows")
{
    Node node(R"({"ietf-netconf-acm:nacm":{"enable-nacm":false},"femto-agent-access:agent-access":)"
              R"({"limits":{"max-subscriptions-per-session":2,"max-subscriptions":3}}})");
    Peer one(node, "sec");
    Peer two(node, "sec");
    const auto refused = [](const std::string& message) {
        return rpcError("application", "resource-denied", message,
            reason("establish-subscription-stream-error-info", "insufficient-resources"),
            "ietf-subscribed-notifications:insufficient-resources");
    };
    CHECK(one.call(establish()) == id("1"));
    CHECK(one.call(establish()) == id("2"));
    CHECK(one.call(establish()) == refused("a session has 2 subscriptions at most"));
    CHECK(two.call(establish()) == id("3"));
    CHECK(two.call(establish()) == refused("there are 3 subscriptions already"));
    CHECK(one.call(request("delete-subscription", "<id>1</id>")) == "<ok/>");
    CHECK(two.call(establish()) == id("4"));
}

TEST_CASE("RFC 8639, 2.4.2.1: replay, from the beginning of the log if that is later")
{
    Node node;
    Peer peer(node, "sec");
    const auto change
        = [&](const char* seconds) { CHECK(peer.call(edit(heartbeat(seconds))) == "<ok/>"); };
    change("61");
    change("62");
    const std::string answer = timeless(peer.call(
        establish("<replay-start-time>" + hoursAgo(1) + "</replay-start-time>", "femto-security")));
    CHECK(answer
        == id("1") + "<replay-start-time-revision " + Sn + ">TIME</replay-start-time-revision>");
    std::string last;
    int changes = 0;
    while (last.find("replay-completed") == last.npos) {
        last = nextEvent(peer);
        changes += last.find("<collection-config-changed") == 0 ? 1 : 0;
    }
    CHECK(changes == 2);
    CHECK(last == "<replay-completed " + Sn + "><id>1</id></replay-completed>");
}

TEST_CASE("RFC 8639, 2.4.3: a subscription is modified in its own session only")
{
    Node node;
    Peer peer(node, "sec");
    Peer other(node, "sec");
    CHECK(peer.call(establish(Sessions)) == id("1"));
    const std::string all = request("modify-subscription",
        "<id>1</id><stream-subtree-filter><netconf-session-end "
        "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\"/>"
        "</stream-subtree-filter>");
    CHECK(other.call(all)
        == rpcError("application", "invalid-value", "this session has no subscription 1",
            reason("modify-subscription-stream-error-info", "no-such-subscription"),
            "ietf-subscribed-notifications:no-such-subscription"));
    CHECK(peer.call(all) == "<ok/>");
    CHECK(other.call("<close-session/>") == "<ok/>");
    CHECK(nextEvent(peer).find("<netconf-session-end") == 0);
}

TEST_CASE("RFC 8639, 2.4.4 and 2.4.5: delete in its session, kill from another")
{
    Node node;
    Peer peer(node, "sec");
    Peer other(node, "sec");
    CHECK(peer.call(establish(Sessions)) == id("1"));
    CHECK(peer.call(establish(Sessions)) == id("2"));
    const std::string refused = reason("delete-subscription-error-info", "no-such-subscription");
    CHECK(other.call(request("delete-subscription", "<id>1</id>"))
        == rpcError("application", "invalid-value", "this session has no subscription 1", refused,
            "ietf-subscribed-notifications:no-such-subscription"));
    CHECK(peer.call(request("delete-subscription", "<id>1</id>")) == "<ok/>");
    CHECK(other.call(request("kill-subscription", "<id>1</id>"))
        == rpcError("application", "invalid-value", "there is no subscription 1", refused,
            "ietf-subscribed-notifications:no-such-subscription"));
    CHECK(other.call(request("kill-subscription", "<id>2</id>")) == "<ok/>");
    CHECK(nextEvent(peer)
        == "<subscription-terminated " + Sn + "><id>2</id>" + terminated("no-such-subscription"));
    CHECK(node.core->subscriptions.rows().empty());
}

TEST_CASE("RFC 8639, 2.4.1: a subscription ends at its stop time")
{
    Node node;
    Peer peer(node, "sec");
    const std::string soon
        = wall::dateAndTime(std::chrono::system_clock::now() + std::chrono::seconds(3));
    CHECK(peer.call(establish(Sessions + "<stop-time>" + soon + "</stop-time>")) == id("1"));
    CHECK(nextEvent(peer).find("<subscription-terminated") == 0);
    CHECK(node.core->subscriptions.rows().empty());
}

TEST_CASE("RFC 8639, 2.2: filters of the configuration")
{
    Node node(R"({"ietf-netconf-acm:nacm":{"enable-nacm":false}})");
    Peer peer(node, "sec");
    const auto filter = [&](const std::string& content) {
        return peer.call(edit("<filters " + Sn + "><stream-filter><name>f</name>" + content
            + "</stream-filter></filters>"));
    };
    CHECK(filter(Sessions) == "<ok/>");
    CHECK(peer.call(establish("<stream-filter-name>f</stream-filter-name>")) == id("1"));
    const Peer other(node, "sec");
    CHECK(nextEvent(peer) == started("2"));
    SECTION("another filter by the same name")
    {
        CHECK(filter("<stream-xpath-filter xmlns:n=\"urn:ietf:params:xml:ns:yang:"
                     "ietf-netconf-notifications\">/n:netconf-config-change</stream-xpath-filter>")
            == "<ok/>");
        CHECK(nextEvent(peer)
            == "<subscription-modified " + Sn
                + "><id>1</id><stream-filter-name>f</stream-filter-name>"
                  "<stream>NETCONF</stream>"
                + Encoding + "</subscription-modified>");
        CHECK(nextEvent(peer).find("<netconf-config-change") == 0);
        const Peer third(node, "sec");
        CHECK(peer.call("<get><filter><none/></filter></get>") == "<data/>");
        CHECK(peer.notifications.empty());
    }
    SECTION("a filter that is gone ends it")
    {
        CHECK(peer.call(edit("<filters " + Sn + " nc:operation=\"delete\"/>")) == "<ok/>");
        CHECK(nextEvent(peer)
            == "<subscription-terminated " + Sn + "><id>1</id>" + terminated("filter-unavailable"));
    }
    SECTION("of a subtree, over a restart")
    {
        CHECK(filter("<stream-subtree-filter><netconf-session-start "
                     "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\"/>"
                     "</stream-subtree-filter>")
            == "<ok/>");
        node.restart();
        Peer again(node, "sec");
        CHECK(again.call(establish("<stream-filter-name>f</stream-filter-name>")) == id("1"));
        const Peer fourth(node, "sec");
        CHECK(nextEvent(again) == started("2"));
    }
}

TEST_CASE("RFC 8639, 3.1 and 3.3: streams and subscriptions are shown, and not configured")
{
    Node node(R"({"ietf-netconf-acm:nacm":{"enable-nacm":false}})");
    Peer peer(node, "sec");
    CHECK(peer.call(establish(Sessions)) == id("1"));
    const Peer other(node, "sec");
    CHECK(nextEvent(peer) == started("2"));
    const std::string get = timeless(
        peer.call("<get><filter><subscriptions " + Sn + "/><streams " + Sn + "/></filter></get>"));
    CHECK(get.find("<subscription><id>1</id><stream>NETCONF</stream>" + Encoding
              + "<receivers><receiver><name>session-1</name><sent-event-records>1"
                "</sent-event-records><excluded-event-records>0</excluded-event-records><state>"
                "active</state></receiver></receivers></subscription>")
        != get.npos);
    CHECK(get.find("<stream><name>femto-security</name><description>Reports of the security "
                   "configuration collection.</description><replay-support/>"
                   "<replay-log-creation-time>TIME</replay-log-creation-time></stream>")
        != get.npos);
    CHECK(peer.call(edit("<subscriptions " + Sn
                        + "><subscription><id>9</id><stream>NETCONF"
                          "</stream></subscription></subscriptions>"))
              .find("<error-tag>unknown-element</error-tag>")
        != std::string::npos);
}

TEST_CASE("RFC 8640, 3: subscriptions of one kind in a session")
{
    Node node;
    const std::string classic
        = "<create-subscription xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"/>";
    Peer one(node, "sec");
    CHECK(one.call(establish()) == id("1"));
    CHECK(one.call(classic)
        == rpcError("application", "operation-not-supported",
            "this session has subscriptions by establish-subscription already"));
    Peer two(node, "sec");
    CHECK(two.call(classic) == "<ok/>");
    CHECK(two.call(establish())
        == rpcError("application", "operation-not-supported",
            "this session has a subscription by create-subscription already"));
}

TEST_CASE("RFC 8341, 3.4.6: what a user may not see is not sent, in any subscription")
{
    Node node;
    Peer peer(node, "oam"); // who may subscribe, and see no session
    CHECK(peer.call(establish(Sessions)) == id("1"));
    const Peer other(node, "sec");
    CHECK(peer.call("<get><filter><subscriptions " + Sn + "/></filter></get>")
              .find("<excluded-event-records>1</excluded-event-records>")
        != std::string::npos);
    CHECK(peer.notifications.empty());
}
