#include "agent/server/access_state.h"
#include "tests/server/peer.h"

#include <catch2/catch.hpp>

namespace {

const std::string Ask = "<get><filter type=\"subtree\"><agent-access "
                        "xmlns=\"urn:femtowatch:yang:femto-agent-access\">"
                        "<statistics/></agent-access></filter></get>";

const std::string Permission = R"({"ietf-netconf-acm:nacm":{"groups":{"group":[
{"name":"oam","user-name":["oam"]},{"name":"plain","user-name":["none"]}]},"rule-list":[{"name":"x","group":["oam"],"rule":[
{"name":"x","module-name":"*","access-operations":"*","action":"permit"}]},
{"name":"y","group":["plain"],"rule":[{"name":"get","module-name":"ietf-netconf","rpc-name":"get",
"access-operations":"exec","action":"permit"}]}]},
"femto-agent-access:agent-access":{"limits":{"max-subscriptions-per-session":1}}})";

} // namespace

TEST_CASE("statistics of the gate are shown, with limits that are the server's own")
{
    Node node(Permission);
    Peer peer(node, "oam");
    CHECK(peer.call(Ask) == "<data/>"); // no gate
    node.core->accessState.use(node.core->context,
        { "since\t1795737600", "connections\t18446744073709551615", "unauthenticated\t2",
            "sessions\t3", "limit\tmax-sessions\t4",
            "target\tms\tin-session\t1795737601\tms.example\t4334\t5\t6\t-",
            "target\tother\twaiting\t1795737602\t::1\t4335\t7\t0\tPGdvbmU+" });
    const std::string subscribe
        = "<establish-subscription xmlns=\"urn:ietf:params:xml:ns:yang:ietf-subscribed-"
          "notifications\"><stream>NETCONF</stream></establish-subscription>";
    peer.call(subscribe);
    peer.call(subscribe); // is refused
    CHECK(peer.call(Ask)
        == "<data><agent-access xmlns=\"urn:femtowatch:yang:femto-agent-access\"><statistics>"
           "<counted-since>2026-11-27T00:00:00.000+00:00</counted-since>"
           "<unauthenticated>2</unauthenticated><sessions>3</sessions>"
           "<connections>18446744073709551615</connections>"
           "<limit><name>max-sessions</name><reached>4</reached></limit>"
           "<limit><name>max-subscriptions-per-session</name><reached>1</reached></limit>"
           "<limit><name>max-subscriptions</name><reached>0</reached></limit>"
           "<target><name>ms</name><state>in-session</state>"
           "<since>2026-11-27T00:00:01.000+00:00</since><address>ms.example</address>"
           "<port>4334</port><calls>5</calls><sessions>6</sessions></target>"
           "<target><name>other</name><state>waiting</state>"
           "<since>2026-11-27T00:00:02.000+00:00</since><address>::1</address><port>4335</port>"
           "<calls>7</calls><sessions>0</sessions><last-failure>&lt;gone&gt;</last-failure>"
           "</target></statistics></agent-access></data>");
    Peer other(node, "none"); // denied by default, as all of agent-access
    CHECK(other.call(Ask) == "<data/>");
}

TEST_CASE("a fact of the gate that is none is refused and quoted, and nothing changes")
{
    agent::AccessState state;
    state.use(serverContext(), { "sessions\t3" });
    for (const std::string fact :
        { "", "sessions", "sessions\tx", "sessions\t-1", "sessions\t4294967296", "since\tnow",
            "limit\tmax-sessions", "target\tms\tnowhere\t1\t::1\t1\t1\t1\t-",
            "target\tms\twaiting\t1\t::1\t65536\t1\t1\t-",
            "target\tms\twaiting\t1\t::1\t1\t1\t1\t!", "nonsense\t1" }) {
        CAPTURE(fact);
        CHECK_THROWS_AS(state.use(serverContext(), { "sessions\t4", fact }), frame::Broken);
    }
    CHECK_THROWS_WITH(state.use(serverContext(), { "since\tnow" }),
        Catch::Contains("since") && Catch::Contains("is not understood"));
    const yang::Tree tree = state.tree(serverContext(), {});
    CHECK(tree.find("/femto-agent-access:agent-access/statistics")->child("sessions")->value()
        == "3");
}
