// What subscriptions to datastores keep, and when they end.
#include "agent/server/push.h"
#include "agent/server/rpc_error.h"
#include "tests/server/peer.h"

#include <catch2/catch.hpp>

namespace {

struct Pushing {
    loop::Loop loop {};
    std::string content {};
    bool broken = false;
    std::vector<std::string> sent {}; // session and name
    agent::Push push { serverContext(), loop,
        { [this](uint32_t, const agent::PushRequest&) {
             if (broken) {
                 throw agent::RpcError("invalid-value", "not to be evaluated");
             }
             return content;
         },
            [this](uint32_t session, const agent::Notification& one) {
                sent.push_back(std::to_string(session) + " " + one.event->tree().root().name());
                return true;
            } },
        380 };

    void name(size_t size)
    {
        content = "<femto-security xmlns=\"urn:femtowatch:yang:femto-security\"><collection>"
                  "<node-id>"
            + std::string(size, 'x') + "</node-id></collection></femto-security>";
        push.changed();
    }
    void turn()
    {
        for (int i = 0; i < 4; ++i) {
            loop.once(std::chrono::milliseconds(0));
        }
    }
    static agent::PushRequest quiet()
    {
        agent::PushRequest request;
        request.syncOnStart = false;
        return request;
    }
};

} // namespace

TEST_CASE("what is kept for subscriptions on change is bounded")
{
    Pushing all;
    all.name(10); // and 120 around it
    all.push.establish(1, 1, Pushing::quiet());
    all.push.establish(2, 2, Pushing::quiet());
    CHECK_THROWS_AS(all.push.establish(3, 3, Pushing::quiet()), agent::Push::TooMuch);
    agent::PushRequest periodic;
    periodic.period = agent::Centiseconds(100);
    CHECK_NOTHROW(all.push.establish(3, 4, periodic)); // for which nothing is kept
    all.turn();
    all.sent.clear();
    all.name(100); // there is room for one of this size beside one of the former
    all.turn();
    CHECK(all.sent
        == std::vector<std::string> { "1 push-change-update", "2 subscription-terminated" });
    CHECK(all.push.rows().size() == 2);
}

TEST_CASE("a subscription whose content cannot be told any more ends, and says so")
{
    Pushing all;
    all.name(1);
    all.push.establish(1, 1, Pushing::quiet());
    all.turn();
    all.broken = true;
    CHECK_THROWS_AS(all.push.establish(1, 2, Pushing::quiet()), agent::RpcError);
    CHECK_THROWS_AS(all.push.modify(1, 1, Pushing::quiet()), agent::RpcError);
    CHECK(all.push.rows().size() == 1); // as it was
    all.push.changed();
    all.turn();
    CHECK(all.sent == std::vector<std::string> { "1 subscription-terminated" });
    CHECK(all.push.rows().empty());
}
