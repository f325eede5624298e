#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

const std::string Netmod = "xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"";

} // namespace

TEST_CASE("RFC 5277, 3.4: the event streams are listed")
{
    Node node;
    Peer peer(node, "oam");
    CHECK(timeless(get(peer,
              "<filter><netconf xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"/>"
              "</filter>"))
        == "<data><netconf xmlns=\"urn:ietf:params:xml:ns:netmod:notification\"><streams><stream>"
           "<name>NETCONF</name><description>All notifications; those of femto-security are logged "
           "for replay.</description><replaySupport>true</replaySupport><replayLogCreationTime>TIME"
           "</replayLogCreationTime></stream><stream><name>femto-security</"
           "name><description>Reports "
           "of the security configuration collection.</description><replaySupport>true"
           "</replaySupport><replayLogCreationTime>TIME</replayLogCreationTime></stream></streams>"
           "</netconf></data>");
}

TEST_CASE("RFC 5277, 3.6: filters of subscriptions are subtree and XPath")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(subscribe("<filter type=\"xpath\" xmlns:n=\"urn:ietf:params:xml:ns:yang:ietf-"
                              "netconf-notifications\" select=\"/n:netconf-session-end\"/>"))
        == "<ok/>");
    {
        Peer other(node, "eng");
    }
    CHECK(nextEvent(peer)
        == "<netconf-session-end xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\">"
           "<username>eng</username><session-id>2</session-id><source-host>192.0.2.7</source-host>"
           "<termination-reason>dropped</termination-reason></netconf-session-end>");
}

TEST_CASE("RFC 5277, 2.1.1: what is refused, and why")
{
    Node node;
    Peer peer(node, "sec");
    const auto refused = [](const std::string& tag, const std::string& element,
                             const std::string& message) {
        return rpcError("protocol", tag, message, "<bad-element>" + element + "</bad-element>");
    };
    CHECK(peer.call(subscribe("<stream>none</stream>"))
        == refused("invalid-value", "stream", "there is no stream &quot;none&quot;"));
    CHECK(peer.call(subscribe("<startTime>" + hoursAgo(-1) + "</startTime>"))
        == refused("bad-element", "startTime", "startTime is in the future"));
    CHECK(peer.call(subscribe("<stopTime>" + hoursAgo(-1) + "</stopTime>"))
        == refused("missing-element", "startTime", "a stopTime needs a startTime"));
    CHECK(peer.call(subscribe(
              "<startTime>" + hoursAgo(1) + "</startTime><stopTime>" + hoursAgo(2) + "</stopTime>"))
        == refused("bad-element", "stopTime", "stopTime is not later than startTime"));
    CHECK(peer.call(subscribe("<startTime>yesterday</startTime>"))
              .find("<error-tag>invalid-value</error-tag>")
        != std::string::npos);
    CHECK(peer.call(subscribe()) == "<ok/>");
    CHECK(peer.call(subscribe())
        == rpcError("protocol", "operation-failed", "this session has a subscription already"));
}

TEST_CASE("RFC 5277, 3.3: a replay ends with replayComplete, and live notifications follow")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(edit(heartbeat("61"))) == "<ok/>");
    CHECK(peer.call(subscribe("<stream>femto-security</stream><filter><collection-config-changed "
              + Fs + "/></filter><startTime>" + hoursAgo(1) + "</startTime>"))
        == "<ok/>");
    CHECK(nextEvent(peer).starts_with("<collection-config-changed " + Fs + ">"));
    CHECK(nextEvent(peer) == "<replayComplete " + Netmod + "/>");
    CHECK(peer.call(edit(heartbeat("62"))) == "<ok/>");
    CHECK(nextEvent(peer).starts_with("<collection-config-changed " + Fs + ">"));
}

TEST_CASE("RFC 5277, 2.1.1: a subscription whose stopTime is over ends, and the session does not")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(edit(heartbeat("61"))) == "<ok/>");
    CHECK(peer.call(subscribe("<stream>femto-security</stream><startTime>" + hoursAgo(2)
              + "</startTime><stopTime>" + hoursAgo(1) + "</stopTime>"))
        == "<ok/>");
    CHECK(nextEvent(peer) == "<replayComplete " + Netmod + "/>");
    CHECK(nextEvent(peer) == "<notificationComplete " + Netmod + "/>");
    CHECK(peer.call(subscribe()) == "<ok/>"); // there is none any more
}

TEST_CASE("RFC 5277, 6: operations go on during a subscription, and close-session ends both")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(subscribe()) == "<ok/>");
    CHECK(peer.call(edit(heartbeat("61"))) == "<ok/>");
    CHECK(heartbeatOf(peer, "running") == "61");
    CHECK(peer.call("<close-session/>") == "<ok/>");
    CHECK(node.core->subscriptions.rows().empty());
}
