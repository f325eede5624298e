#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

const std::string Discard = "<discard-changes/>";

} // namespace

TEST_CASE("RFC 6241, 8.3: edits of candidate come into force by commit, all at once")
{
    Node node;
    Peer one(node, "sec");
    Peer two(node, "sec");
    const std::string before = heartbeatOf(one, "running");
    CHECK(one.call(editCandidate(heartbeat("77"))) == "<ok/>");
    CHECK(heartbeatOf(one, "candidate") == "77");
    CHECK(heartbeatOf(two, "candidate") == "77"); // it is shared
    CHECK(heartbeatOf(one, "running") == before);
    CHECK(one.call(Commit) == "<ok/>");
    CHECK(heartbeatOf(two, "running") == "77");
    CHECK(one.call(Commit) == "<ok/>"); // nothing to do

    CHECK(one.call(editCandidate(heartbeat("78"))) == "<ok/>");
    CHECK(two.call(Discard) == "<ok/>");
    CHECK(heartbeatOf(one, "candidate") == "77");
    node.restart();
    Peer again(node, "sec");
    CHECK(heartbeatOf(again, "running") == "77");
}

TEST_CASE("RFC 6241, 8.3.4: candidate may be invalid until it is validated or committed")
{
    Node node;
    Peer peer(node, "sec");
    const std::string category
        = "<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection><category>"
          "<type xmlns:t=\"urn:femtowatch:yang:femto-security-types\">t:open-ports</type>"
          "<mode>on-change</mode><period>60</period></category></collection></femto-security>";
    const std::string wrong = rpcError("application", "unknown-element", "When condition", "");
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

TEST_CASE("RFC 6241, 8.3.5: locks of candidate, and edits that end with them")
{
    Node node;
    Peer one(node, "sec");
    Peer two(node, "sec");
    CHECK(one.call(lock("candidate")) == "<ok/>");
    CHECK(two.call(lock("running")) == "<ok/>");
    CHECK(two.call(editCandidate(heartbeat("77")))
        == rpcError("protocol", "in-use", "session 1 has locked candidate"));
    CHECK(two.call(Discard) == rpcError("protocol", "in-use", "session 1 has locked candidate"));
    CHECK(two.call(Commit) == rpcError("protocol", "in-use", "session 1 has locked candidate"));
    CHECK(one.call(editCandidate(heartbeat("77"))) == "<ok/>");
    CHECK(one.call(Commit) == rpcError("protocol", "in-use", "session 2 has locked running"));
    CHECK(one.call(lock("candidate", "unlock")) == "<ok/>"); // which discards
    CHECK(heartbeatOf(one, "candidate") == heartbeatOf(one, "running"));
    CHECK(one.call(editCandidate(heartbeat("78"))) == "<ok/>");
    CHECK(two.call(lock("candidate"))
        == rpcError("protocol", "lock-denied", "candidate has edits that are not committed",
            "<session-id>0</session-id>"));
    CHECK(two.call(Discard) == "<ok/>");
    CHECK(two.call(lock("candidate")) == "<ok/>");
    CHECK(two.call(editCandidate(heartbeat("79"))) == "<ok/>");
    CHECK(two.call("<close-session/>") == "<ok/>");
    CHECK(heartbeatOf(one, "candidate") != "79");
    CHECK(one.call(lock("candidate")) == "<ok/>");
}

TEST_CASE("RFC 6241, 7.3: copy-config between the datastores")
{
    Node node;
    Peer peer(node, "sec");
    const auto copied = [&](const std::string& source, const std::string& target) {
        return peer.call("<copy-config><target><" + target + "/></target><source><" + source
            + "/></source></copy-config>");
    };
    CHECK(copied("candidate", "candidate")
        == rpcError("protocol", "invalid-value", "source and target are the same datastore"));
    CHECK(copied("running", "candidate") == "<ok/>");
    CHECK_FALSE(node.core->datastore.edited());
    CHECK(peer.call(editCandidate(heartbeat("77"))) == "<ok/>");
    CHECK(copied("candidate", "running") == "<ok/>");
    CHECK(heartbeatOf(peer, "running") == "77");
    CHECK(peer.call(edit(heartbeat("78"))) == "<ok/>");
    CHECK(heartbeatOf(peer, "candidate") == "77");
    CHECK(copied("running", "candidate") == "<ok/>");
    CHECK(heartbeatOf(peer, "candidate") == "78");
}

TEST_CASE("RFC 8341, 3.2.8: a commit changes only what its user may write, and what is the same "
          "needs no permit")
{
    Node node;
    Peer sec(node, "sec");
    const std::string port
        = "<agent-access xmlns=\"urn:femtowatch:yang:femto-agent-access\"><listen><endpoint><name>"
          "oam</name><port>1830</port></endpoint></listen></agent-access>";
    const std::string answer = sec.call(editCandidate(port));
    CHECK(answer.find("<error-tag>access-denied</error-tag>") != answer.npos);
    CHECK(sec.call(editCandidate(heartbeat("77"))) == "<ok/>");
    CHECK(sec.call(Commit) == "<ok/>"); // though it may not write the rest of the configuration
}
