#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

TEST_CASE("RFC 6241, 8.1: hello lists what clients look for")
{
    Node node;
    Peer peer(node, "sec");
    INFO(peer.hello);
    for (const char* const one :
        { "urn:ietf:params:netconf:base:1.0", "urn:ietf:params:netconf:base:1.1",
            "urn:ietf:params:netconf:capability:writable-running:1.0",
            "urn:ietf:params:netconf:capability:candidate:1.0",
            "urn:ietf:params:netconf:capability:confirmed-commit:1.1",
            "urn:ietf:params:netconf:capability:rollback-on-error:1.0",
            "urn:ietf:params:netconf:capability:validate:1.1",
            "urn:ietf:params:netconf:capability:xpath:1.0",
            "urn:ietf:params:netconf:capability:notification:1.0",
            "urn:ietf:params:netconf:capability:interleave:1.0" }) {
        CAPTURE(one);
        CHECK(peer.hello.find("<capability>" + std::string(one) + "</capability>")
            != std::string::npos);
    }
    for (const char* const one :
        { "with-defaults:1.0?basic-mode=explicit&amp;also-supported=report-all,"
          "report-all-tagged,trim</capability>",
            "yang-library:1.1?revision=2019-01-04&amp;content-id=",
            "<capability>urn:ietf:params:xml:ns:netconf:base:1.0?module=ietf-netconf&amp;revision="
            "2011-06-01&amp;features=writable-running,candidate,confirmed-commit,rollback-on-error,"
            "validate,xpath</",
            "?module=ietf-netconf-with-defaults&amp;", "?module=ietf-netconf-monitoring&amp;" }) {
        CAPTURE(one);
        CHECK(peer.hello.find(one) != std::string::npos);
    }
    CHECK(peer.hello.find("femto-security") == std::string::npos); // YANG 1.1: in yang-library only
    CHECK(peer.hello.find("startup") == std::string::npos);
    CHECK(peer.hello.find("<session-id>1</session-id></hello>") != std::string::npos);
}

TEST_CASE("RFC 6241, 4.2: attributes of an rpc come back with the reply")
{
    Node node;
    Peer peer(node, "sec");
    peer.send(
        "<nc:rpc xmlns:nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\"a&lt;&quot;"
        "\" xmlns:ex=\"urn:ex\" ex:user=\"fred\"><nc:close-session/></nc:rpc>");
    CHECK(peer.next()
        == "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" "
           "message-id=\"a&lt;&quot;\" "
           "xmlns:ex=\"urn:ex\" ex:user=\"fred\"><ok/></rpc-reply>");
}

TEST_CASE("RFC 6241, 4.5: requests that come at once are answered in order")
{
    Node node;
    Peer peer(node, "sec");
    std::string all;
    for (int i = 0; i < 100; ++i) {
        all += netconf_frame::encode(netconf_frame::Framing::Chunked,
            "<rpc xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\""
                + std::to_string(i) + "\"><validate><source><running/></source></validate></rpc>");
    }
    peer.sendRaw(all);
    for (int i = 0; i < 100; ++i) {
        CHECK(peer.next()
            == "<rpc-reply xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\" message-id=\""
                + std::to_string(i) + "\"><ok/></rpc-reply>");
    }
}

TEST_CASE("RFC 6241, 7.8: close-session is answered, then the session is closed")
{
    Node node;
    Peer peer(node, "none");
    CHECK(peer.call("<close-session/>") == "<ok/>");
    CHECK(peer.closed());
    CHECK(node.core->netconf.sessions().empty());
}
