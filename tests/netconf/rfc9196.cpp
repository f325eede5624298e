// YANG modules describing capabilities for systems and datastore update notifications.
#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

TEST_CASE("RFC 9196, 5: what subscriptions can do is shown")
{
    Node node;
    Peer peer(node, "oam");
    const std::string shown = peer.call(
        "<get><filter><system-capabilities "
        "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-system-capabilities\"/></filter></get>");
    INFO(shown);
    const std::string all
        = "<subscription-capabilities "
          "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-notification-capabilities\">"
          "<periodic-notifications-supported>config-changes state-changes"
          "</periodic-notifications-supported><minimum-update-period>100</minimum-update-period>"
          "<on-change-supported>config-changes state-changes</on-change-supported>"
          "<minimum-dampening-period>0</minimum-dampening-period>"
          "<supported-excluded-change-type>create</supported-excluded-change-type>"
          "<supported-excluded-change-type>delete</supported-excluded-change-type>"
          "<supported-excluded-change-type>replace</supported-excluded-change-type>"
          "</subscription-capabilities>";
    CHECK(shown.find(all) != shown.npos);
    CHECK(shown.find("ds:operational</datastore><per-node-capabilities>") != shown.npos);
    CHECK(shown.find("/sec:femto-security/sec:status/sec:category/sec:collected-at") == shown.npos);
    CHECK(shown.find("<on-change-supported/>") != shown.npos);
}
