#include "tests/netconf/replies.h"

#include <catch2/catch.hpp>

namespace {

const std::string Lock = "<lock><target><running/></target></lock>";
const std::string Unlock = "<unlock><target><running/></target></unlock>";
const std::string Change
    = edit("<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection><node-id>x"
           "</node-id></collection></femto-security>");

std::string error(const std::string& tag, const std::string& message, const std::string& info = {})
{
    return rpcError("protocol", tag, message, info);
}

} // namespace

TEST_CASE("RFC 6241, 7.5: a lock keeps others from changing, and ends with its session")
{
    Node node;
    Peer one(node, "sec");
    Peer two(node, "sec");
    CHECK(one.call(Lock) == "<ok/>");
    CHECK(one.call(Lock)
        == error("lock-denied", "this session has the lock already", "<session-id>1</session-id>"));
    CHECK(two.call(Lock)
        == error("lock-denied", "another session has the lock", "<session-id>1</session-id>"));
    CHECK(two.call(Unlock)
        == error("operation-failed", "session 1 has the lock", "<session-id>1</session-id>"));
    CHECK(two.call(Change) == error("in-use", "session 1 has locked running"));
    CHECK(one.call(Change) == "<ok/>");
    CHECK(one.call("<close-session/>") == "<ok/>");
    CHECK(two.call(Unlock) == error("operation-failed", "running is not locked"));
    CHECK(two.call(Lock) == "<ok/>");
    CHECK(two.call(Unlock) == "<ok/>");
}

TEST_CASE("RFC 6241, 7.9: kill-session ends another session and gives its lock back")
{
    Node node;
    Peer one(node, "sec");
    Peer two(node, "sec");
    CHECK(one.call(Lock) == "<ok/>");
    CHECK(two.call("<kill-session><session-id>2</session-id></kill-session>")
        == error("invalid-value", "close-session ends a session's own"));
    CHECK(two.call("<kill-session><session-id>9</session-id></kill-session>")
        == error("invalid-value", "there is no such session"));
    CHECK(two.call("<kill-session><session-id>1</session-id></kill-session>") == "<ok/>");
    CHECK(one.closed());
    CHECK(two.call(Lock) == "<ok/>");
}

TEST_CASE("RFC 6241, 7.5: a lock is gone when its peer has hung up")
{
    Node node;
    Peer two(node, "sec");
    {
        Peer one(node, "sec");
        CHECK(one.call(Lock) == "<ok/>");
    }
    node.until([&] { return node.core->netconf.sessions().size() == 1; });
    node.until([&] { return !node.core->datastore.lock(agent::Store::Running); });
    CHECK(two.call(Change) == "<ok/>");
}
