#include "agent/server/access_facts.h"
#include "tests/server/peer.h"

#include <algorithm>
#include <catch2/catch.hpp>

TEST_CASE("the gate is told where to listen, whom to call, with which keys and limits")
{
    const yang::Tree running = yang::Tree::parseConfig(serverContext(), R"({
"femto-agent-access:agent-access":{
 "listen":{"endpoint":[{"name":"a","address":"::1"}]},
 "call-home":{"target":[{"name":"ms","address":"ms.example"},
   {"name":"off","address":"192.0.2.1","enabled":false}]},
 "limits":{"max-sessions":7},
 "host-key":[{"name":"e","path":"host_ed25519"}],
 "user":[{"name":"bob","authorized-key":[{"name":"k","algorithm":"ssh-ed25519",
   "public-key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="},{"name":"odd\tname","algorithm":"ssh-ed25519",
   "public-key":"BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}]},
   {"name":"tab\tbed","authorized-key":[{"name":"k","algorithm":"ssh-ed25519",
   "public-key":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}]}]}})");
    CHECK(agent::accessFacts(running)
        == std::vector<std::string> { "listen\ta\t::1\t830",
            "call-home\tms\tms.example\t4334\t1\t300", "host-key\te\thost_ed25519",
            "user-key\tbob\tssh-ed25519\tAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "user-key\tbob\tssh-ed25519\tBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "limit\tmax-sessions\t7", "limit\tmax-unauthenticated\t64",
            "limit\tmax-unauthenticated-per-source\t16", "limit\tauthentication-timeout\t20",
            "limit\thello-timeout\t10", "limit\tmax-authentication-attempts\t6",
            "limit\tmax-message-size\t1048576", "limit\tmax-queued-output\t67108864",
            "limit\tmessage-timeout\t30", "limit\tkeepalive-interval\t30" });
}

TEST_CASE("facts go out at the start and when agent-access changes, else not")
{
    Node node(
        R"({"ietf-netconf-acm:nacm":{"groups":{"group":[{"name":"secmf","user-name":["sec"]}]},
"rule-list":[{"name":"x","group":["secmf"],"rule":[{"name":"x","module-name":"femto-agent-access",
"access-operations":"*","action":"permit"}]}]}})");
    CHECK(node.facts.size() == 1);
    Peer peer(node, "sec");
    CHECK(peer.call(edit("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection>"
                         "<node-id>x</node-id></collection></femto-security>"))
        == "<ok/>");
    CHECK(node.facts.size() == 1);
    const std::string reply
        = peer.call(edit("<agent-access xmlns=\"urn:femtowatch:yang:femto-agent-access\"><limits>"
                         "<max-sessions>9</max-sessions></limits></agent-access>"));
    CHECK(reply == "<ok/>");
    REQUIRE(node.facts.size() == 2);
    CHECK(std::ranges::count(node.facts[1], "limit\tmax-sessions\t9") == 1);
}
