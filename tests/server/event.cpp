#include "tests/server/peer.h"

#include <catch2/catch.hpp>

TEST_CASE("what waits to be sent keeps no tree")
{
    auto event = std::make_shared<const agent::Event>(serverContext(),
        "<notification xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\"><eventTime>"
        "2026-11-24T10:00:00.000Z</eventTime><netconf-session-start "
        "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-notifications\"><username>a</username>"
        "<session-id>1</session-id></netconf-session-start></notification>");
    REQUIRE(event->tree());
    const std::weak_ptr<const agent::Event> alive = event;
    const auto framed = event->framed();
    event.reset();
    CHECK(alive.expired());
    CHECK(framed->find("netconf-session-start") != framed->npos);
}
