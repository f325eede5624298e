#include "tests/netconf/identity.h"
#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

const std::string Nacm = "urn:ietf:params:xml:ns:yang:ietf-netconf-acm";

std::string select(Peer& peer, const std::string& xpath)
{
    return peer.call("<get><filter type=\"xpath\" select=\"" + xpath
        + "\" xmlns:fs=\"urn:femtowatch:yang:femto-security\" xmlns:nacm=\"" + Nacm
        + "\" xmlns:faa=\"urn:femtowatch:yang:femto-agent-access\"/></get>");
}

std::string denied(const std::string& operation)
{
    return rpcError("protocol", "access-denied", "access control does not permit this operation",
        {}, {}, operation);
}

const std::string NetconfPath = "nc=\"urn:ietf:params:xml:ns:netconf:base:1.0\">/nc:";

const std::string Change
    = edit("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection><node-id>x"
           "</node-id></collection></femto-security>");

/// Startup with one user in one group of its own, and these rules.
std::string startup(const std::string& rules, const std::string& more = {})
{
    return R"({"ietf-netconf-acm:nacm":{)" + more
        + R"("groups":{"group":[{"name":"test","user-name":["tim"]}]},"rule-list":[{"name":"test",
"group":["test"],"rule":[
{"name":"rpcs","module-name":"ietf-netconf","rpc-name":"*","access-operations":"exec","action":"permit"})"
        + (rules.empty() ? "" : "," + rules) + "]}]}}";
}

} // namespace

TEST_CASE("RFC 8341, 3.4.4: a user in no group reads and calls nothing, but may leave")
{
    Node node;
    Peer peer(node, "none");
    CHECK(select(peer, "/*") == denied(NetconfPath + "get"));
    CHECK(peer.call(Change) == denied(NetconfPath + "edit-config"));
    CHECK(peer.call("<kill-session><session-id>9</session-id></kill-session>")
        == denied(NetconfPath + "kill-session"));
    CHECK(node.core->access.deniedOperations == 3);
    CHECK(peer.call("<close-session/>") == "<ok/>");
}

TEST_CASE("RFC 8341, 3.4.5: oam sees the status and nothing else of the node")
{
    Node node;
    Peer peer(node, "oam");
    CHECK(select(peer, "/fs:femto-security/fs:status/fs:agent-version")
        == "<data><femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><status>"
           "<agent-version>" FEMTOWATCH_VERSION
           "</agent-version></status></femto-security></data>");
    CHECK(select(peer, "/fs:femto-security/fs:collection") == "<data/>");
    CHECK(select(peer, "/nacm:nacm") == "<data/>");
    CHECK(select(peer, "/faa:agent-access") == "<data/>");
    // nor by what a predicate says about it (RFC 8341, 3.2.4)
    CHECK(select(peer, "/fs:femto-security[fs:collection/fs:category]/fs:status/fs:agent-version")
        == "<data/>");
    CHECK(select(peer, "/fs:femto-security/fs:status/fs:agent-version[count(//nacm:group) > 0]")
        == "<data/>");
    const std::string all = peer.call("<get/>");
    CHECK(all.find("<status>") != std::string::npos);
    CHECK(all.find("<collection>") == std::string::npos);
    CHECK(all.find("<nacm") == std::string::npos);
    CHECK(all.find("<agent-access") == std::string::npos);
    CHECK(all.find("<yang-library") != std::string::npos);
    CHECK(peer.call(Change) == denied(NetconfPath + "edit-config"));
}

TEST_CASE("RFC 8341, 3.4.5: an engineer reads the collection and changes nothing")
{
    Node node;
    Peer peer(node, "eng");
    CHECK(select(peer, "/fs:femto-security/fs:collection/fs:category[fs:sampling-interval=30]")
              .find("fst:remote-maintenance")
        != std::string::npos);
    CHECK(select(peer, "/faa:agent-access | /nacm:nacm") == "<data/>");
    CHECK(peer.call(Change) == denied(NetconfPath + "edit-config"));
    CHECK(peer.call("<collect-now xmlns=\"urn:femtowatch:yang:femto-security\"/>")
        == denied("fs=\"urn:femtowatch:yang:femto-security\">/fs:collect-now"));
    CHECK(peer.call("<lock><target><running/></target></lock>") == denied(NetconfPath + "lock"));
}

TEST_CASE("RFC 8341, 3.4.5: writing is denied node by node, and then nothing is written")
{
    Node node;
    Peer peer(node, "sec");
    const std::string user
        = "<agent-access xmlns=\"urn:femtowatch:yang:femto-agent-access\"><user><name>eve</name>"
          "</user></agent-access>";
    CHECK(peer.call(edit("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection>"
                         "<node-id>x</node-id></collection></femto-security>"
              + user))
        == "<rpc-error><error-type>application</error-type><error-tag>access-denied</error-tag>"
           "<error-severity>error</error-severity><error-path "
           "xmlns:faa=\"urn:femtowatch:yang:femto-"
           "agent-access\">/faa:agent-access/faa:user[faa:name='eve']</error-path><error-message "
           "xml:lang=\"en\">access control does not permit it</error-message></rpc-error>");
    CHECK(node.core->access.deniedWrites == 1);
    CHECK(config(peer, "/fs:femto-security/fs:collection/fs:node-id").empty());
    CHECK(peer.call(edit("<nacm xmlns=\"" + Nacm + "\"><enable-nacm>false</enable-nacm></nacm>"))
              .find("access-denied")
        != std::string::npos);
}

TEST_CASE("RFC 8341, 3.3: rules apply in order, the first that fits decides")
{
    Node node(startup(R"(
{"name":"no","path":"/femto-security:femto-security/collection/node-id","access-operations":"*","action":"deny"},
{"name":"rw","path":"/femto-security:femto-security/collection","access-operations":"read create update","action":"permit"})"));
    Peer peer(node, "tim");
    CHECK(peer.call(Change).find("access-denied") != std::string::npos);
    const std::string interval
        = "<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection>"
          "<heartbeat-interval>";
    const std::string end = "</heartbeat-interval></collection></femto-security>";
    CHECK(peer.call(edit(interval + "9" + end)) == "<ok/>");
    CHECK(config(peer, "/fs:femto-security/fs:collection/fs:heartbeat-interval")
        == interval + "9" + end);
    CHECK(peer.call(edit("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection>"
                         "<heartbeat-interval nc:operation=\"delete\"/></collection>"
                         "</femto-security>"))
              .find("access-denied")
        != std::string::npos);
    CHECK(select(peer, "/fs:femto-security/fs:status") == "<data/>");
}

TEST_CASE("RFC 8341, 3.3: a rule may name one entry")
{
    Node node(startup(R"(
{"name":"one","path":"/femto-security:femto-security/collection/category[ type = 'femto-security-types:open-ports' ]","access-operations":"read update","action":"permit"})"));
    Peer peer(node, "tim");
    const std::string begin = "<femto-security xmlns=\"urn:femtowatch:yang:femto-security\">"
                              "<collection><category><type xmlns:fst=\"urn:femtowatch:yang:femto-"
                              "security-types\">fst:";
    const std::string end = "</sampling-interval></category></collection></femto-security>";
    CHECK(config(peer, "/*") == begin + "open-ports</type><sampling-interval>5" + end);
    CHECK(peer.call(edit(begin + "open-ports</type><sampling-interval>7" + end)) == "<ok/>");
    CHECK(peer.call(edit(begin + "remote-login</type><sampling-interval>7" + end))
              .find("access-denied")
        != std::string::npos);
    CHECK(config(peer, "/*") == begin + "open-ports</type><sampling-interval>7" + end);
}

TEST_CASE("RFC 8341, 5: the path of a rule may have the user's name for a value")
{
    std::string data = startup(R"(
{"name":"own","path":"/femto-agent-access:agent-access/user[name = $USER]","access-operations":"read","action":"permit"})");
    data.insert(1, R"("femto-agent-access:agent-access":{"user":[{"name":"ann"},{"name":"tim"},
{"name":"$USER"}],"listen":{"endpoint":[{"name":"a","address":"::1"}]}},)");
#if LY_VERSION_MAJOR < 3
    CHECK_THROWS_WITH(Node(data), Catch::Contains("user[name = $USER]")); // not with this libyang
#else
    Node node(data);
    Peer peer(node, "tim");
    CHECK(config(peer, "/faa:agent-access")
        == "<agent-access xmlns=\"urn:femtowatch:yang:femto-agent-access\"><user><name>tim</name>"
           "</user></agent-access>");
#endif
}

TEST_CASE("RFC 8341, 3.4.5: default-deny holds where the defaults permit, below the node too")
{
    Node node(startup("", R"("read-default":"permit","write-default":"permit",)"));
    Peer peer(node, "tim");
    CHECK(select(peer, "/faa:agent-access") == "<data/>");
    CHECK(select(peer, "/nacm:nacm") == "<data/>");
    CHECK(select(peer, "/fs:femto-security/fs:status/fs:agent-version") != "<data/>");
    CHECK(peer.call(Change).find("access-denied") != std::string::npos);
}

TEST_CASE("RFC 8341, 3.3: a change of the rules holds at once")
{
    Node node(
        startup(R"({"name":"all","module-name":"*","access-operations":"*","action":"permit"})"));
    Peer tim(node, "tim");
    Peer zoe(node, "zoe");
    CHECK(select(zoe, "/fs:femto-security") == denied(NetconfPath + "get"));
    CHECK(tim.call(edit("<nacm xmlns=\"" + Nacm
              + "\"><groups><group><name>test</name><user-name>zoe</user-name></group></groups>"
                "</nacm>"))
        == "<ok/>");
    CHECK(select(zoe, "/nacm:nacm/nacm:groups/nacm:group[nacm:name='test']/nacm:user-name")
        == "<data><nacm xmlns=\"" + Nacm
            + "\"><groups><group><name>test</name><user-name>tim</user-name><user-name>zoe"
              "</user-name></group></groups></nacm></data>");
    CHECK(select(tim, "/nacm:nacm/nacm:denied-operations")
        == "<data><nacm xmlns=\"" + Nacm
            + "\"><denied-operations>1</denied-operations></nacm></data>");
}

TEST_CASE("RFC 8341, 3.4.6: a user is not told what he may not read")
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
