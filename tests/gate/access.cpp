#include "agent/gate/access.h"
#include "common/frame.h"

#include <catch2/catch.hpp>

using agent::gate::Access;

TEST_CASE("facts of the server are understood")
{
    const Access access = Access::parse({ "listen\toam\t::1\t830", "listen\tv4\t127.0.0.1\t8300",
        "call-home\tms\tms.example\t4334\t1\t300", "host-key\ta\thost_ecdsa",
        "user-key\tJo Doe\tssh-ed25519\tQUJD", "limit\tmax-sessions\t7",
        "limit\tkeepalive-interval\t0" });
    CHECK(access.listen
        == std::vector<agent::gate::Endpoint> {
            { "oam", "::1", 830 }, { "v4", "127.0.0.1", 8300 } });
    CHECK(access.callHome
        == std::vector<agent::gate::Target> {
            { "ms", "ms.example", 4334, std::chrono::seconds(1), std::chrono::seconds(300) } });
    CHECK(access.hostKeys == std::vector<agent::gate::HostKeyFile> { { "a", "host_ecdsa" } });
    CHECK(access.permits("Jo Doe", "QUJD"));
    CHECK_FALSE(access.permits("Jo", "QUJD"));
    CHECK_FALSE(access.permits("Jo Doe", "QUJE"));
    CHECK(access.limits.maxSessions == 7);
    CHECK(access.limits.keepaliveInterval.count() == 0);
    CHECK(access.limits.maxMessageSize == 1048576);
}

TEST_CASE("a fact that is none is refused and quoted")
{
    for (const std::string fact :
        { "", "listen", "listen\ta\tlocalhost\t830", "listen\ta\t::1\t65536",
            "listen\ta\t::1\t83 0", "host-key\ta\t../x", "host-key\ta\t.x", "host-key\ta\t",
            "user-key\tu\tssh-rsa\t!", "user-key\tu\tt\tssh-rsa\tQUJD", "limit\tmax-session\t7",
            "limit\tmax-sessions\t-1", "call-home\tms\th\t1\t1", "nonsense\ta" }) {
        CAPTURE(fact);
        CHECK_THROWS_AS(Access::parse({ fact }), frame::Broken);
    }
    CHECK_THROWS_WITH(Access::parse({ "listen\ta\tlocalhost\t830" }),
        Catch::Contains("localhost") && Catch::Contains("is not understood"));
}
