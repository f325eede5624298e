// Attributes of an edit: operations, and places among entries that a user orders.
#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

const std::string Access = "urn:femtowatch:yang:femto-agent-access";

/// One user who may do everything.
const char* const Startup = R"({"ietf-netconf-acm:nacm":{"groups":{"group":[{"name":"all",
"user-name":["tim"]}]},"rule-list":[{"name":"all","group":["all"],"rule":[{"name":"all",
"module-name":"*","access-operations":"*","action":"permit"}]}]}})";

std::string collection(const std::string& content)
{
    return edit(
        "<femto-security " + Fs + "><collection>" + content + "</collection></femto-security>");
}

std::string key(const std::string& name, const std::string& attributes = {})
{
    return "<host-key " + attributes + "><name>" + name + "</name><path>" + name
        + "_ed25519</path></host-key>";
}

std::string keys(const std::string& content)
{
    return edit("<agent-access xmlns=\"" + Access + "\">" + content + "</agent-access>");
}

/// Names of the host keys, in their order.
std::string order(Peer& peer)
{
    const std::string all = config(peer, "/faa:agent-access/faa:host-key/faa:name");
    std::string out;
    for (size_t at = all.find("<name>"); at != all.npos; at = all.find("<name>", at + 1)) {
        out += all.substr(at + 6, all.find('<', at + 6) - at - 6) + " ";
    }
    return out;
}

std::string error(const std::string& tag, const std::string& path, const std::string& message,
    const std::string& info)
{
    return rpcError("application", tag, message, info, {}, path);
}

const std::string C = "fs=\"urn:femtowatch:yang:femto-security\">/fs:femto-security/fs:collection";

std::string bad(const std::string& attribute, const std::string& element)
{
    return "<bad-attribute>" + attribute + "</bad-attribute><bad-element>" + element
        + "</bad-element>";
}

} // namespace

TEST_CASE("RFC 7950, 7.8.6: entries of a list go beside the one whose keys are given")
{
    Node node(Startup);
    Peer peer(node, "tim");
    CHECK(peer.call(keys(key("a") + key("b"))) == "<ok/>");
    CHECK(order(peer) == "ecdsa ed25519 a b "); // behind those of a fresh agent
    CHECK(peer.call(keys(key("c", R"(yang:insert="before" yang:key="[name='b']")"))) == "<ok/>");
    CHECK(order(peer) == "ecdsa ed25519 a c b ");
    CHECK(peer.call(keys(key(
              "d", R"(xmlns:p=")" + Access + R"(" yang:insert="after" yang:key="[p:name='a']")")))
        == "<ok/>");
    CHECK(order(peer) == "ecdsa ed25519 a d c b ");
    CHECK(peer.call(keys(key("b", "yang:insert=\"first\""))) == "<ok/>");
    CHECK(order(peer) == "b ecdsa ed25519 a d c ");
    const std::string path = "faa=\"" + Access + "\">/faa:agent-access/faa:host-key[faa:name='e']";
    CHECK(peer.call(keys(key("e", R"(yang:insert="before" yang:key="b")")))
              .find("Invalid union value &quot;b&quot;")
        != std::string::npos);
    CHECK(peer.call(keys(key("e", R"(yang:insert="before" yang:key="[name='z']")")))
              .find("there is no entry [name='z'] to stand beside")
        != std::string::npos);
    CHECK(peer.call(keys(key("e", R"(yang:insert="before")")))
        == error("missing-attribute", path, "it must be said which entry to stand beside",
            bad("key", "host-key")));
    CHECK(order(peer) == "b ecdsa ed25519 a d c ");
}

TEST_CASE("RFC 7950, 7.8.6: what nobody orders has no place")
{
    Node node(Startup);
    Peer peer(node, "tim");
    CHECK(peer.call(collection("<node-id yang:insert=\"first\">x</node-id>"))
        == error("bad-attribute", C + "/fs:node-id", "only entries that a user orders have a place",
            bad("insert", "node-id")));
    CHECK(config(peer, "/fs:femto-security/fs:collection/fs:node-id").find("<node-id>")
        == std::string::npos);
}

TEST_CASE(
    "RFC 6241, 7.2: an operation that there is not is named, also at an element that there is not")
{
    Node node(Startup);
    Peer peer(node, "tim");
    CHECK(peer.call(collection("<bogus nc:operation=\"frobnicate\"/>"))
        == error("bad-attribute", C + "/fs:bogus",
            "&quot;frobnicate&quot; is no operation of edit-config", bad("operation", "bogus")));
    CHECK(peer.call(collection("<bogus nc:operation=\"none\"/>"))
        == error("bad-attribute", C + "/fs:bogus",
            "&quot;none&quot; is no operation of edit-config", bad("operation", "bogus")));
    // of another namespace it is none of NETCONF's
    CHECK(peer.call(collection("<bogus xmlns:x=\"urn:x\" x:operation=\"frobnicate\"/>"))
              .find("<error-tag>unknown-element</error-tag>")
        != std::string::npos);
}

TEST_CASE("RFC 7950, 7.8.2: an entry whose key is no value of its type is refused for the key")
{
    Node node(Startup);
    Peer peer(node, "tim");
    CHECK(peer.call(collection("<category><type>bogus</type><period>3</period></category>"))
        == error("invalid-value", C + "/fs:category/fs:type",
            "Invalid identityref &quot;bogus&quot; value - identity not found in module "
            "&quot;femto-security&quot;.",
            ""));
}
