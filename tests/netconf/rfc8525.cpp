#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

TEST_CASE(
    "RFC 8525, 4: yang-library has the content-id of the hello, and modules-state for old clients")
{
    Node node;
    Peer peer(node, "oam");
    const size_t at = peer.hello.find("content-id=") + 11;
    const std::string id = peer.hello.substr(at, peer.hello.find('<', at) - at);
    CHECK(get(peer, xpath("/l:yang-library/l:content-id"))
        == "<data><yang-library "
           "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-yang-library\"><content-id>"
            + id + "</content-id></yang-library></data>");
    const std::string state
        = get(peer, xpath("/l:modules-state/l:module[l:name='femto-security']"));
    CHECK(state.find("<conformance-type>implement</conformance-type>") != std::string::npos);
    CHECK(state.find("<feature>process-detail</feature>") != std::string::npos);
}
