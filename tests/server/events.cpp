#include "tests/server/peer.h"

#include <catch2/catch.hpp>

namespace {

std::string subscribe(const std::string& content = {})
{
    return "<create-subscription xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\">"
        + content + "</create-subscription>";
}

/// The next notification, without its envelope and time.
std::string event(Peer& peer)
{
    const std::string all = peer.next();
    const std::string begin
        = "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"><eventTime>";
    const std::string end = "</notification>";
    REQUIRE(all.compare(0, begin.size(), begin) == 0);
    const size_t from = all.find("</eventTime>") + 12;
    return all.substr(from, all.size() - from - end.size());
}

const std::string Ns = "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\"";

std::string by(const std::string& user, int id)
{
    return "<username>" + user + "</username><session-id>" + std::to_string(id)
        + "</session-id><source-host>192.0.2.7</source-host>";
}

} // namespace

TEST_CASE("sessions and changes are told to subscribers (RFC 6470)")
{
    Node node;
    Peer peer(node, "eng");
    const std::string filter = "<filter type=\"subtree\"><netconf-config-change " + Ns
        + "/><netconf-session-start " + Ns + "/><netconf-session-end " + Ns + "/></filter>";
    CHECK(peer.call(subscribe(filter)) == "<ok/>");
    {
        Peer other(node, "sec");
        CHECK(event(peer)
            == "<netconf-session-start " + Ns + ">" + by("sec", 2) + "</netconf-session-start>");
        CHECK(other.call(edit("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\">"
                              "<collection><node-id>x</node-id></collection></femto-security>"))
            == "<ok/>");
        CHECK(event(peer)
            == "<netconf-config-change " + Ns + "><changed-by>" + by("sec", 2)
                + "</changed-by><datastore>running</datastore><edit><target "
                  "xmlns:fs=\"urn:femtowatch:yang:femto-security\">/fs:femto-security/"
                  "fs:collection/"
                  "fs:node-id</target><operation>create</operation></edit></"
                  "netconf-config-change>");
    }
    CHECK(event(peer)
        == "<netconf-session-end " + Ns + ">" + by("sec", 2)
            + "<termination-reason>dropped</termination-reason></netconf-session-end>");
    {
        Peer third(node, "sec");
        event(peer);
        CHECK(third.call("<kill-session><session-id>1</session-id></kill-session>") == "<ok/>");
    }
    CHECK(peer.closed());
}

TEST_CASE("an edit that changes nothing is no event")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(subscribe()) == "<ok/>");
    CHECK(peer.call(edit("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"/>"))
        == "<ok/>");
    CHECK(peer.call(edit("")) == "<ok/>");
    CHECK(peer.call("<validate><source><running/></source></validate>") == "<ok/>");
    CHECK(peer.notifications.empty());
}

TEST_CASE("a user is not told what he may not read (RFC 8341, 3.4.6)")
{
    Node node;
    Peer peer(node, "oam");
    CHECK(peer.call(subscribe()) == "<ok/>");
    Peer other(node, "sec");
    CHECK(other.call("<close-session/>") == "<ok/>");
    CHECK(peer.call("<get><filter/></get>") == "<data/>");
    CHECK(peer.notifications.empty());
    CHECK(node.core->access.deniedNotifications >= 2);
}

TEST_CASE("filters of subscriptions are subtree and XPath")
{
    Node node;
    Peer peer(node, "sec");
    CHECK(peer.call(subscribe("<filter type=\"xpath\" xmlns:n=\"urn:ietf:params:xml:ns:yang:ietf-"
                              "netconf-notifications\" select=\"/n:netconf-session-end\"/>"))
        == "<ok/>");
    {
        Peer other(node, "eng");
    }
    CHECK(event(peer)
        == "<netconf-session-end " + Ns + ">" + by("eng", 2)
            + "<termination-reason>dropped</termination-reason></netconf-session-end>");
}

TEST_CASE("what waits to be sent keeps no tree")
{
    auto event = std::make_shared<const agent::Event>(serverContext(),
        "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"><eventTime>"
        "2026-11-24T10:00:00.000Z</eventTime><netconf-session-start "
            + Ns + ">" + by("a", 1) + "</netconf-session-start></notification>");
    REQUIRE(event->tree());
    const std::weak_ptr<const agent::Event> alive = event;
    const auto framed = event->framed();
    event.reset();
    CHECK(alive.expired());
    CHECK(framed->find("netconf-session-start") != framed->npos);
}
