#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

const std::string Ns = "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\"";

std::string by(const std::string& user, int id)
{
    return "<username>" + user + "</username><session-id>" + std::to_string(id)
        + "</session-id><source-host>192.0.2.7</source-host>";
}

} // namespace

TEST_CASE("RFC 6470, 2: sessions and changes are told to subscribers")
{
    Node node;
    Peer peer(node, "eng");
    const std::string filter = "<filter type=\"subtree\"><netconf-config-change " + Ns
        + "/><netconf-session-start " + Ns + "/><netconf-session-end " + Ns + "/></filter>";
    CHECK(peer.call(subscribe(filter)) == "<ok/>");
    {
        Peer other(node, "sec");
        CHECK(nextEvent(peer)
            == "<netconf-session-start " + Ns + ">" + by("sec", 2) + "</netconf-session-start>");
        CHECK(other.call(edit("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\">"
                              "<collection><node-id>x</node-id></collection></femto-security>"))
            == "<ok/>");
        CHECK(nextEvent(peer)
            == "<netconf-config-change " + Ns + "><changed-by>" + by("sec", 2)
                + "</changed-by><datastore>running</datastore><edit><target "
                  "xmlns:fs=\"urn:femtowatch:yang:femto-security\">/fs:femto-security/"
                  "fs:collection/"
                  "fs:node-id</target><operation>create</operation></edit></"
                  "netconf-config-change>");
    }
    CHECK(nextEvent(peer)
        == "<netconf-session-end " + Ns + ">" + by("sec", 2)
            + "<termination-reason>dropped</termination-reason></netconf-session-end>");
    {
        Peer third(node, "sec");
        nextEvent(peer);
        CHECK(third.call("<kill-session><session-id>1</session-id></kill-session>") == "<ok/>");
    }
    CHECK(peer.closed());
}

TEST_CASE("RFC 6470, 2.2: an edit that changes nothing is no event")
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
