// Candidate and confirmed commit (RFC 6241, 8.3 and 8.4).
#include "tests/server/peer.h"

#include <catch2/catch.hpp>

namespace {

using namespace std::chrono_literals;

std::string error(const std::string& type, const std::string& tag, const std::string& message,
    const std::string& info = {})
{
    return "<rpc-error><error-type>" + type + "</error-type><error-tag>" + tag
        + "</error-tag><error-severity>error</error-severity><error-message xml:lang=\"en\">"
        + message + "</error-message>"
        + (info.empty() ? "" : "<error-info>" + info + "</error-info>") + "</rpc-error>";
}

std::string interval(const std::string& seconds)
{
    return "<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection>"
           "<heartbeat-interval>"
        + seconds + "</heartbeat-interval></collection></femto-security>";
}

std::string editCandidate(const std::string& config, const std::string& options = {})
{
    return "<edit-config><target><candidate/></target>" + options + "<config>" + config
        + "</config></edit-config>";
}

/// heartbeat-interval of a datastore, "default" if nobody set it.
std::string value(Peer& peer, const std::string& store)
{
    const std::string answer = peer.call("<get-config><source><" + store
        + "/></source><filter><femto-security xmlns=\"urn:femtowatch:yang:femto-security\">"
          "<collection><heartbeat-interval/></collection></femto-security></filter></get-config>");
    const std::string begin = "<heartbeat-interval>";
    const size_t at = answer.find(begin);
    return at == answer.npos
        ? "default"
        : answer.substr(at + begin.size(), answer.find('<', at + 1) - at - begin.size());
}

const std::string Commit = "<commit/>";
const std::string Discard = "<discard-changes/>";
const std::string Cancel = "<cancel-commit/>";

std::string confirmed(const std::string& more = "<confirm-timeout>600</confirm-timeout>")
{
    return "<commit><confirmed/>" + more + "</commit>";
}

std::string lock(const std::string& store, const std::string& name = "lock")
{
    return "<" + name + "><target><" + store + "/></target></" + name + ">";
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

TEST_CASE("edits of candidate come into force by commit, all at once")
{
    Node node;
    Peer one(node, "sec");
    Peer two(node, "sec");
    const std::string before = value(one, "running");
    CHECK(one.call(editCandidate(interval("77"))) == "<ok/>");
    CHECK(value(one, "candidate") == "77");
    CHECK(value(two, "candidate") == "77"); // it is shared
    CHECK(value(one, "running") == before);
    CHECK(one.call(Commit) == "<ok/>");
    CHECK(value(two, "running") == "77");
    CHECK(one.call(Commit) == "<ok/>"); // nothing to do

    CHECK(one.call(editCandidate(interval("78"))) == "<ok/>");
    CHECK(two.call(Discard) == "<ok/>");
    CHECK(value(one, "candidate") == "77");
    node.restart();
    Peer again(node, "sec");
    CHECK(value(again, "running") == "77");
}

TEST_CASE("candidate may be invalid until it is validated or committed")
{
    Node node;
    Peer peer(node, "sec");
    const std::string category
        = "<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection><category>"
          "<type xmlns:t=\"urn:femtowatch:yang:femto-security-types\">t:open-ports</type>"
          "<mode>on-change</mode><period>60</period></category></collection></femto-security>";
    const std::string wrong = error("application", "unknown-element", "When condition", "");
    const auto refused = [&](const std::string& answer) {
        CHECK(answer.find("<rpc-error>") == 0);
        CHECK(answer.find("period") != answer.npos);
    };
    refused(peer.call(editCandidate(category, "<test-option>test-then-set</test-option>")));
    refused(peer.call(editCandidate(category, "<test-option>test-only</test-option>")));
    CHECK(peer.call(Commit) == "<ok/>"); // nothing of it was kept
    CHECK(peer.call(editCandidate(category)) == "<ok/>");
    refused(peer.call("<validate><source><candidate/></source></validate>"));
    refused(peer.call(Commit));
    CHECK(peer.call(editCandidate("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\">"
                                  "<collection><category><type xmlns:t=\""
                                  "urn:femtowatch:yang:femto-security-types\">t:open-ports</type>"
                                  "<mode>periodic</mode></category></collection></femto-security>"))
        == "<ok/>");
    CHECK(peer.call("<validate><source><candidate/></source></validate>") == "<ok/>");
    CHECK(peer.call(Commit) == "<ok/>");
    CHECK(node.core->datastore.running()
              .find("/femto-security:femto-security/collection/"
                    "category[type='femto-security-types:open-ports']")
              ->valueOr("period", "")
        == "60");
}

TEST_CASE("locks of candidate, and edits that end with them")
{
    Node node;
    Peer one(node, "sec");
    Peer two(node, "sec");
    CHECK(one.call(lock("candidate")) == "<ok/>");
    CHECK(two.call(lock("running")) == "<ok/>");
    CHECK(two.call(editCandidate(interval("77")))
        == error("protocol", "in-use", "session 1 has locked candidate"));
    CHECK(two.call(Discard) == error("protocol", "in-use", "session 1 has locked candidate"));
    CHECK(two.call(Commit) == error("protocol", "in-use", "session 1 has locked candidate"));
    CHECK(one.call(editCandidate(interval("77"))) == "<ok/>");
    CHECK(one.call(Commit) == error("protocol", "in-use", "session 2 has locked running"));
    CHECK(one.call(lock("candidate", "unlock")) == "<ok/>"); // which discards
    CHECK(value(one, "candidate") == value(one, "running"));
    CHECK(one.call(editCandidate(interval("78"))) == "<ok/>");
    CHECK(two.call(lock("candidate"))
        == error("protocol", "lock-denied", "candidate has edits that are not committed",
            "<session-id>0</session-id>"));
    CHECK(two.call(Discard) == "<ok/>");
    CHECK(two.call(lock("candidate")) == "<ok/>");
    CHECK(two.call(editCandidate(interval("79"))) == "<ok/>");
    CHECK(two.call("<close-session/>") == "<ok/>");
    CHECK(value(one, "candidate") != "79");
    CHECK(one.call(lock("candidate")) == "<ok/>");
}

TEST_CASE("copy-config between the datastores")
{
    Node node;
    Peer peer(node, "sec");
    const auto copied = [&](const std::string& source, const std::string& target) {
        return peer.call("<copy-config><target><" + target + "/></target><source><" + source
            + "/></source></copy-config>");
    };
    CHECK(copied("candidate", "candidate")
        == error("protocol", "invalid-value", "source and target are the same datastore"));
    CHECK(copied("running", "candidate") == "<ok/>");
    CHECK_FALSE(node.core->datastore.edited());
    CHECK(peer.call(editCandidate(interval("77"))) == "<ok/>");
    CHECK(copied("candidate", "running") == "<ok/>");
    CHECK(value(peer, "running") == "77");
    CHECK(peer.call(edit(interval("78"))) == "<ok/>");
    CHECK(value(peer, "candidate") == "77");
    CHECK(copied("running", "candidate") == "<ok/>");
    CHECK(value(peer, "candidate") == "78");
}

TEST_CASE("a commit changes only what its user may write, and what is the same needs no permit")
{
    Node node;
    Peer sec(node, "sec");
    const std::string port
        = "<agent-access xmlns=\"urn:femtowatch:yang:femto-agent-access\"><listen><endpoint><name>"
          "oam</name><port>1830</port></endpoint></listen></agent-access>";
    const std::string answer = sec.call(editCandidate(port));
    CHECK(answer.find("<error-tag>access-denied</error-tag>") != answer.npos);
    CHECK(sec.call(editCandidate(interval("77"))) == "<ok/>");
    CHECK(sec.call(Commit) == "<ok/>"); // though it may not write the rest of the configuration
}

TEST_CASE("a confirmed commit that is not confirmed in time is undone")
{
    Node node;
    Peer peer(node, "sec");
    const std::string before = value(peer, "running");
    CHECK(peer.call("<create-subscription xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\""
                    "/>")
        == "<ok/>");
    CHECK(peer.call(editCandidate(interval("77"))) == "<ok/>");
    CHECK(peer.call(confirmed("<confirm-timeout>3</confirm-timeout>")) == "<ok/>");
    CHECK(value(peer, "running") == "77");
    CHECK(kept(node));
    node.until([&] { return !node.core->confirmed.pending(); });
    CHECK(value(peer, "running") == before);
    CHECK_FALSE(kept(node));
    CHECK(told(peer)
        == std::vector<std::string> {
            "start</confirm-event><timeout>3</timeout>", "timeout</confirm-event>" });
    CHECK(peer.notifications.back().find("username") == std::string::npos);
    node.restart();
    Peer again(node, "sec");
    CHECK(value(again, "running") == before);
}

TEST_CASE("a confirmed commit stays when it is confirmed, and may be given more time")
{
    Node node;
    Peer peer(node, "sec");
    Peer other(node, "sec");
    CHECK(peer.call("<create-subscription xmlns=\"urn:ietf:params:xml:ns:netconf:notification:1.0\""
                    "/>")
        == "<ok/>");
    CHECK(peer.call(editCandidate(interval("77"))) == "<ok/>");
    CHECK(peer.call(confirmed()) == "<ok/>");
    const std::string pending
        = error("protocol", "in-use", "a confirmed commit of session 1 is pending");
    CHECK(other.call(Commit) == pending);
    CHECK(other.call(Cancel) == pending);
    CHECK(other.call(edit(interval("5"))) == pending);
    CHECK(other.call(lock("running"))
        == error("protocol", "lock-denied", "a confirmed commit is pending",
            "<session-id>1</session-id>"));
    CHECK(peer.call(editCandidate(interval("78"))) == "<ok/>");
    CHECK(peer.call(confirmed("<confirm-timeout>60</confirm-timeout>")) == "<ok/>");
    CHECK(peer.call(Commit) == "<ok/>");
    CHECK_FALSE(kept(node));
    CHECK(value(other, "running") == "78");
    CHECK(other.call(edit(interval("5"))) == "<ok/>");
    CHECK(told(peer)
        == std::vector<std::string> { "start</confirm-event><timeout>600</timeout>",
            "extend</confirm-event><timeout>60</timeout>", "complete</confirm-event>" });
}

TEST_CASE("a confirmed commit ends with its session, or is cancelled")
{
    Node node;
    Peer other(node, "sec");
    const std::string before = value(other, "running");
    SECTION("closed")
    {
        Peer peer(node, "sec");
        CHECK(peer.call(editCandidate(interval("77"))) == "<ok/>");
        CHECK(peer.call(confirmed()) == "<ok/>");
        CHECK(peer.call("<close-session/>") == "<ok/>");
    }
    SECTION("killed")
    {
        Peer peer(node, "sec");
        CHECK(peer.call(editCandidate(interval("77"))) == "<ok/>");
        CHECK(peer.call(confirmed()) == "<ok/>");
        CHECK(other.call("<kill-session><session-id>2</session-id></kill-session>") == "<ok/>");
    }
    SECTION("cancelled")
    {
        CHECK(other.call(Cancel)
            == error("protocol", "operation-failed", "no confirmed commit is pending"));
        CHECK(other.call(editCandidate(interval("77"))) == "<ok/>");
        CHECK(other.call(confirmed()) == "<ok/>");
        CHECK(other.call(Cancel) == "<ok/>");
    }
    CHECK(value(other, "running") == before);
    CHECK_FALSE(node.core->confirmed.pending());
    CHECK_FALSE(kept(node));
}

TEST_CASE("a persistent confirmed commit is whoever's knows its name")
{
    Node node;
    Peer other(node, "sec");
    const std::string before = value(other, "running");
    const std::string wrong = error("protocol", "invalid-value",
        "no confirmed commit is pending with persist-id &quot;b&quot;");
    CHECK(other.call("<commit><persist-id>b</persist-id></commit>") == wrong);
    {
        Peer peer(node, "sec");
        CHECK(peer.call(editCandidate(interval("77"))) == "<ok/>");
        CHECK(peer.call(confirmed("<persist>a</persist>")) == "<ok/>");
        CHECK(peer.call("<close-session/>") == "<ok/>");
    }
    CHECK(value(other, "running") == "77");
    CHECK(other.call(Commit)
        == error("protocol", "in-use", "a confirmed commit is pending: its persist-id is needed"));
    CHECK(other.call("<commit><persist-id>b</persist-id></commit>") == wrong);
    CHECK(other.call("<cancel-commit><persist-id>b</persist-id></cancel-commit>") == wrong);
    SECTION("and confirms it")
    {
        CHECK(other.call("<commit><persist-id>a</persist-id></commit>") == "<ok/>");
        CHECK(value(other, "running") == "77");
    }
    SECTION("and cancels it")
    {
        CHECK(other.call("<cancel-commit><persist-id>a</persist-id></cancel-commit>") == "<ok/>");
        CHECK(value(other, "running") == before);
    }
    CHECK_FALSE(kept(node));
}

TEST_CASE("what was not confirmed when the agent ended is undone by its next start")
{
    Node node;
    std::string before;
    {
        Peer peer(node, "sec");
        CHECK(peer.call(edit(interval("76"))) == "<ok/>");
        before = value(peer, "running");
        CHECK(peer.call(editCandidate(interval("77"))) == "<ok/>");
        CHECK(peer.call(confirmed("<persist>a</persist>")) == "<ok/>");
    }
    node.restart();
    Peer peer(node, "sec");
    CHECK(value(peer, "running") == before);
    CHECK_FALSE(kept(node));
    CHECK(peer.call("<commit><persist-id>a</persist-id></commit>").find("invalid-value")
        != std::string::npos);
    node.restart();
    Peer again(node, "sec");
    CHECK(value(again, "running") == before);
}
