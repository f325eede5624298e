// RFC 8071 over TLS: the agent connects, and is the TLS server still.
#include "tests/gate/manager.h"
#include "tests/gate/tls_client.h"

#include <catch2/catch.hpp>

using namespace gate_test;

TEST_CASE("the agent calls home over TLS, and again when the session ends")
{
    const Issued ca = authority("ca");
    const Issued own = issue({ .name = "smf" }, &ca);
    const Manager manager;
    TlsAgent agent({ anchor(ca), mapping(1, ca.fingerprint(), "common-name"),
        target("ms", "127.0.0.1", manager.port, "call-home-tls") });
    for (int i = 0; i < 2; ++i) {
        auto [client, server] = begin(agent, TlsClient(manager.accept(), &own));
        CHECK(server.kind == "call-home");
        CHECK(server.transport == "tls");
        CHECK(server.user == "smf");
        CHECK(server.port == std::to_string(manager.port));
        server.send("<notification/>");
        CHECK(client.receive() == "<notification/>");
    }
}

TEST_CASE("a manager that does not authenticate is left, and called again")
{
    const Manager manager;
    TlsAgent agent({ "limit\tauthentication-timeout\t1",
        target("ms", "127.0.0.1", manager.port, "call-home-tls") });
    const fd::Fd silent = manager.accept();
    CHECK(closes(silent));
    CHECK(manager.accept());
}
