#include "agent/gate/access.h"
#include "common/frame.h"

#include <catch2/catch.hpp>

using agent::gate::Access;
using agent::gate::CertToName;
using agent::gate::Login;
using agent::gate::StartWith;
using agent::gate::Transport;
using namespace std::chrono_literals;

TEST_CASE("facts of the server are understood")
{
    const Access access = Access::parse({ "listen\toam\t::1\t830", "listen\tv4\t127.0.0.1\t8300",
        "call-home\tms\tms.example\t4334\t1\t300\tlast-connected\t4", "host-key\ta\thost_ecdsa",
        "user-key\tJo Doe\tssh-ed25519\tQUJD", "limit\tmax-sessions\t7",
        "limit\tkeepalive-interval\t0" });
    CHECK(access.listen
        == std::vector<agent::gate::Endpoint> {
            { "oam", "::1", 830, Transport::Ssh }, { "v4", "127.0.0.1", 8300, Transport::Ssh } });
    CHECK(access.callHome
        == std::vector<agent::gate::Target> { { "ms", { { "ms.example", 4334 } }, Transport::Ssh,
            1s, 300s, StartWith::LastConnected, 4 } });
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
            "listen-tls\ta\t::1", "tls-identity\tk", "tls-identity\tk\t../c", "trust-anchor\ta\t!",
            "client-certificate\ta", "cert-to-name\t1\t04:00\tnonsense\t-",
            "cert-to-name\t-1\t04:00\tcommon-name\t-", "cert-to-name\t1\t04:00\tspecified\t!",
            "limit\tmax-sessions\t-1", "call-home\tms\th\t1\t1\t1\tfirst-listed",
            "call-home\tms\th\t1\t1\t1\tfirst\t3", "call-home\tms\th\t1\t1\t1\tfirst-listed\t0",
            "call-home-alternative\tms\th\t1", "call-home-periodic\tms\t60\t-\t0",
            "nonsense\ta" }) {
        CAPTURE(fact);
        CHECK_THROWS_AS(Access::parse({ fact }), frame::Broken);
    }
    CHECK_THROWS_WITH(Access::parse({ "listen\ta\tlocalhost\t830" }),
        Catch::Contains("localhost") && Catch::Contains("is not understood"));
}

TEST_CASE("a target has alternatives in their order, and periods")
{
    const std::string target = "call-home\tms\th\t1\t1\t1\trandom-selection\t3";
    const Access access = Access::parse({ target, "call-home-alternative\tms\ti\t2",
        "call-home-alternative\tms\tj\t3", "call-home-periodic\tms\t3600\t-60\t180" });
    CHECK(access.callHome.at(0).places
        == std::vector<agent::gate::Place> { { "h", 1 }, { "i", 2 }, { "j", 3 } });
    CHECK(access.callHome.at(0).periodic == agent::gate::Periodic { 3600s, -60s, 180s });
    for (const std::string fact :
        { "call-home-periodic\tms\t0\t-\t0", "call-home-periodic\tms\t60\tnow\t0",
            "call-home-periodic\tother\t60\t-\t0", "call-home-alternative\tms\ti\t65536" }) {
        CAPTURE(fact);
        CHECK_THROWS_AS(Access::parse({ target, fact }), frame::Broken);
    }
}

TEST_CASE("facts of TLS are understood, names in the order of their ids")
{
    const Access access = Access::parse({ "listen-tls\toam\t::1\t6513",
        "call-home-tls\tms\tms.example\t4335\t1\t300\tfirst-listed\t3", "tls-identity\tkey\tchain",
        "trust-anchor\tca\tQUJD", "client-certificate\tone\tREVG",
        "cert-to-name\t7\t04:AB\tsan-any\t-", "cert-to-name\t3\t04:cd\tspecified\tYW5u" });
    CHECK(access.listen.at(0).transport == Transport::Tls);
    CHECK(access.callHome.at(0).transport == Transport::Tls);
    CHECK(access.tls.keyFile == "key");
    CHECK(access.tls.certificateFile == "chain");
    CHECK(access.tls.anchors.at(0).der == "ABC");
    CHECK(access.tls.clients.at(0).der == "DEF");
    CHECK(access.tls.names
        == std::vector<CertToName> { { 3, "04:cd", CertToName::MapType::Specified, "ann" },
            { 7, "04:ab", CertToName::MapType::SanAny, "" } });
    CHECK(factOf(access.tls.names[0]) == "cert-to-name\t3\t04:cd\tspecified\tYW5u");
    CHECK(factOf(access.tls.names[1]) == "cert-to-name\t7\t04:ab\tsan-any\t-");

    const std::string anchor = access.tls.anchors[0].digest;
    const auto permits = [&](const char* user, const std::string& proof, const std::string& by) {
        return access.permits(Login { Transport::Tls, user, proof, by });
    };
    CHECK(permits("any", factOf(access.tls.names[1]), anchor));
    CHECK(permits("ann", factOf(access.tls.names[0]), access.tls.clients[0].digest));
    CHECK_FALSE(permits("bob", factOf(access.tls.names[0]), anchor));
    CHECK_FALSE(permits("", factOf(access.tls.names[1]), anchor));
    CHECK_FALSE(permits("any", factOf(access.tls.names[1]), "00"));
    CHECK_FALSE(permits("any", "cert-to-name\t8\t04:ab\tsan-any\t-", anchor));
    CHECK_FALSE(
        access.permits(Login { Transport::Ssh, "any", factOf(access.tls.names[1]), anchor }));
}
