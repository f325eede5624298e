#include "agent/server/access_facts.h"
#include "agent/messages.h"
#include "tests/server/peer.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <unistd.h>

namespace {

const std::string Fingerprint = "04:00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff:00:11:22:33:44:"
                                "55:66:77:88:99:aa:bb:cc:dd:ee:ff";

} // namespace

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
            "call-home\tms\tms.example\t4334\t1\t300\tfirst-listed\t3", "host-key\te\thost_ed25519",
            "user-key\tbob\tssh-ed25519\tAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "user-key\tbob\tssh-ed25519\tBAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "limit\tmax-sessions\t7", "limit\tmax-unauthenticated\t64",
            "limit\tmax-unauthenticated-per-source\t16", "limit\tauthentication-timeout\t20",
            "limit\thello-timeout\t10", "limit\tmax-authentication-attempts\t6",
            "limit\tmax-message-size\t1048576", "limit\tmax-queued-output\t67108864",
            "limit\tmessage-timeout\t30", "limit\tkeepalive-interval\t30" });
}

TEST_CASE("the gate is told of TLS, with the ports of RFC 7589 and RFC 8071")
{
    const std::string der(96, 'A'); // as base64
    const yang::Tree running = yang::Tree::parseConfig(serverContext(),
        R"({
"femto-agent-access:agent-access":{
 "listen":{"endpoint":[{"name":"a","address":"::1","transport":"tls"},
   {"name":"b","address":"::1","transport":"tls","port":830}]},
 "call-home":{"target":[{"name":"ms","address":"ms.example","transport":"tls",
   "start-with":"last-connected","max-attempts":9,"alternative":[
     {"name":"z","address":"ms2.example"},{"name":"a","address":"192.0.2.1","port":443}],
   "periodic":{"anchor-time":"2026-11-27T01:00:00.5+01:00"}}]},
 "tls":{"certificate":"chain.pem",
  "trust-anchor":[{"name":"ca","certificate":")"
            + der + R"("}],
  "client-certificate":[{"name":"one","certificate":")"
            + der + R"("}],
  "cert-to-name":[
   {"id":3,"fingerprint":")"
            + Fingerprint + R"(","map-type":"ietf-x509-cert-to-name:san-any"},
   {"id":7,"fingerprint":")"
            + Fingerprint
            + R"(","map-type":"ietf-x509-cert-to-name:specified","name":"a\tb"}]}}})");
    std::vector<std::string> facts = agent::accessFacts(running);
    std::erase_if(facts, [](const std::string& fact) { return fact.starts_with("limit"); });
    CHECK(facts
        == std::vector<std::string> { "listen-tls\ta\t::1\t6513", "listen-tls\tb\t::1\t830",
            "call-home-tls\tms\tms.example\t4335\t1\t300\tlast-connected\t9",
            "call-home-alternative\tms\tms2.example\t4335",
            "call-home-alternative\tms\t192.0.2.1\t443",
            "call-home-periodic\tms\t3600\t1795737600\t180", "tls-identity\ttls_key.pem\tchain.pem",
            "trust-anchor\tca\t" + der, "client-certificate\tone\t" + der,
            "cert-to-name\t3\t" + Fingerprint + "\tsan-any\t-",
            "cert-to-name\t7\t" + Fingerprint + "\tspecified\tYQli" });
}

TEST_CASE("a session over TLS is shown as one")
{
    Node node;
    Peer ssh(node, "sec");
    auto [mine, theirs] = fd::socketPair();
    node.core->netconf.accept(std::move(theirs), "192.0.2.7", "netconf-tls");
    const std::string begin
        = frame::encode({ static_cast<uint16_t>(agent::Message::Login), { "sec" }, {} })
        + netconf_frame::encode(netconf_frame::Framing::EndOfMessage,
            "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities><capability>"
            "urn:ietf:params:netconf:base:1.1</capability></capabilities></hello>");
    REQUIRE(::write(mine.get(), begin.data(), begin.size()) == static_cast<ssize_t>(begin.size()));
    node.until([&] { return node.core->netconf.sessions().size() == 2; });
    const std::string all
        = ssh.call("<get><filter type=\"subtree\"><netconf-state "
                   "xmlns=\"urn:ietf:params:xml:ns:yang:ietf-netconf-monitoring\">"
                   "<sessions><session><username/><transport/></session></sessions>"
                   "</netconf-state></filter></get>");
    CHECK_THAT(all, Catch::Contains("netconf-ssh</transport>"));
    CHECK_THAT(all, Catch::Contains("netconf-tls</transport>"));
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
