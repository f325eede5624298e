#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

const std::string Cancel = "<cancel-commit/>";

std::string confirmed(const std::string& more = "<confirm-timeout>600</confirm-timeout>")
{
    return "<commit><confirmed/>" + more + "</commit>";
}

bool kept(const Node& node)
{
    return std::filesystem::exists(node.folder.path + "/running.unconfirmed.json");
}

/// confirm-event and timeout of the netconf-confirmed-commit notifications.
std::vector<std::string> told(const Peer& peer)
{
    std::vector<std::string> out;
    for (const std::string& text : peer.notifications) {
        const size_t at = text.find("<confirm-event>");
        if (at != text.npos) {
            out.push_back(text.substr(at + 15, text.find("</netconf-confirmed", at) - at - 15));
        }
    }
    return out;
}

} // namespace

TEST_CASE("RFC 6241, 8.4: a confirmed commit that is not confirmed in time is undone")
{
    Node node;
    Peer peer(node, "sec");
    const std::string before = heartbeatOf(peer, "running");
    CHECK(peer.call("<create-subscription xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\""
                    "/>")
        == "<ok/>");
    CHECK(peer.call(editCandidate(heartbeat("77"))) == "<ok/>");
    CHECK(peer.call(confirmed("<confirm-timeout>3</confirm-timeout>")) == "<ok/>");
    CHECK(heartbeatOf(peer, "running") == "77");
    CHECK(kept(node));
    node.until([&] { return !node.core->confirmed.pending(); });
    CHECK(heartbeatOf(peer, "running") == before);
    CHECK_FALSE(kept(node));
    CHECK(told(peer)
        == std::vector<std::string> {
            "start</confirm-event><timeout>3</timeout>", "timeout</confirm-event>" });
    CHECK(peer.notifications.back().find("username") == std::string::npos);
    node.restart();
    Peer again(node, "sec");
    CHECK(heartbeatOf(again, "running") == before);
}

TEST_CASE(
    "RFC 6241, 8.4: a confirmed commit stays when it is confirmed, and may be given more time")
{
    Node node;
    Peer peer(node, "sec");
    Peer other(node, "sec");
    CHECK(peer.call("<create-subscription xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\""
                    "/>")
        == "<ok/>");
    CHECK(peer.call(editCandidate(heartbeat("77"))) == "<ok/>");
    CHECK(peer.call(confirmed()) == "<ok/>");
    const std::string pending
        = rpcError("protocol", "in-use", "a confirmed commit of session 1 is pending");
    CHECK(other.call(Commit) == pending);
    CHECK(other.call(Cancel) == pending);
    CHECK(other.call(edit(heartbeat("5"))) == pending);
    CHECK(other.call(lock("running"))
        == rpcError("protocol", "lock-denied", "a confirmed commit is pending",
            "<session-id>1</session-id>"));
    CHECK(peer.call(editCandidate(heartbeat("78"))) == "<ok/>");
    CHECK(peer.call(confirmed("<confirm-timeout>60</confirm-timeout>")) == "<ok/>");
    CHECK(peer.call(Commit) == "<ok/>");
    CHECK_FALSE(kept(node));
    CHECK(heartbeatOf(other, "running") == "78");
    CHECK(other.call(edit(heartbeat("5"))) == "<ok/>");
    CHECK(told(peer)
        == std::vector<std::string> { "start</confirm-event><timeout>600</timeout>",
            "extend</confirm-event><timeout>60</timeout>", "complete</confirm-event>" });
}

TEST_CASE("RFC 6241, 8.4: a confirmed commit ends with its session, or is cancelled")
{
    Node node;
    Peer other(node, "sec");
    const std::string before = heartbeatOf(other, "running");
    SECTION("closed")
    {
        Peer peer(node, "sec");
        CHECK(peer.call(editCandidate(heartbeat("77"))) == "<ok/>");
        CHECK(peer.call(confirmed()) == "<ok/>");
        CHECK(peer.call("<close-session/>") == "<ok/>");
    }
    SECTION("killed")
    {
        Peer peer(node, "sec");
        CHECK(peer.call(editCandidate(heartbeat("77"))) == "<ok/>");
        CHECK(peer.call(confirmed()) == "<ok/>");
        CHECK(other.call("<kill-session><session-id>2</session-id></kill-session>") == "<ok/>");
    }
    SECTION("cancelled")
    {
        CHECK(other.call(Cancel)
            == rpcError("protocol", "operation-failed", "no confirmed commit is pending"));
        CHECK(other.call(editCandidate(heartbeat("77"))) == "<ok/>");
        CHECK(other.call(confirmed()) == "<ok/>");
        CHECK(other.call(Cancel) == "<ok/>");
    }
    CHECK(heartbeatOf(other, "running") == before);
    CHECK_FALSE(node.core->confirmed.pending());
    CHECK_FALSE(kept(node));
}

TEST_CASE("RFC 6241, 8.4: a persistent confirmed commit is whoever's knows its name")
{
    Node node;
    Peer other(node, "sec");
    const std::string before = heartbeatOf(other, "running");
    const std::string wrong = rpcError("protocol", "invalid-value",
        "no confirmed commit is pending with persist-id &quot;b&quot;");
    CHECK(other.call("<commit><persist-id>b</persist-id></commit>") == wrong);
    {
        Peer peer(node, "sec");
        CHECK(peer.call(editCandidate(heartbeat("77"))) == "<ok/>");
        CHECK(peer.call(confirmed("<persist>a</persist>")) == "<ok/>");
        CHECK(peer.call("<close-session/>") == "<ok/>");
    }
    CHECK(heartbeatOf(other, "running") == "77");
    CHECK(other.call(Commit)
        == rpcError(
            "protocol", "in-use", "a confirmed commit is pending: its persist-id is needed"));
    CHECK(other.call("<commit><persist-id>b</persist-id></commit>") == wrong);
    CHECK(other.call("<cancel-commit><persist-id>b</persist-id></cancel-commit>") == wrong);
    SECTION("and confirms it")
    {
        CHECK(other.call("<commit><persist-id>a</persist-id></commit>") == "<ok/>");
        CHECK(heartbeatOf(other, "running") == "77");
    }
    SECTION("and cancels it")
    {
        CHECK(other.call("<cancel-commit><persist-id>a</persist-id></cancel-commit>") == "<ok/>");
        CHECK(heartbeatOf(other, "running") == before);
    }
    CHECK_FALSE(kept(node));
}

TEST_CASE("RFC 6241, 8.4: what was not confirmed when the agent ended is undone by its next start")
{
    Node node;
    std::string before;
    {
        Peer peer(node, "sec");
        CHECK(peer.call(edit(heartbeat("76"))) == "<ok/>");
        before = heartbeatOf(peer, "running");
        CHECK(peer.call(editCandidate(heartbeat("77"))) == "<ok/>");
        CHECK(peer.call(confirmed("<persist>a</persist>")) == "<ok/>");
    }
    node.restart();
    Peer peer(node, "sec");
    CHECK(heartbeatOf(peer, "running") == before);
    CHECK_FALSE(kept(node));
    CHECK(peer.call("<commit><persist-id>a</persist-id></commit>").find("invalid-value")
        != std::string::npos);
    node.restart();
    Peer again(node, "sec");
    CHECK(heartbeatOf(again, "running") == before);
}
