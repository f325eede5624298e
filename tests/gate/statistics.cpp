// What the server is told of peers and of the limits that they reach.
#include "tests/gate/client.h"
#include "tests/gate/manager.h"

#include <catch2/catch.hpp>

using namespace gate_test;
using netconf_frame::encode;
using netconf_frame::Framing;

namespace {

std::string limit(const std::string& leaf, const std::string& value)
{
    return "limit\t" + leaf + "\t" + value;
}

/// The only fact of the kind and the name, without them.
std::string said(const Agent& agent, const std::string& of)
{
    std::string found;
    for (const std::string& fact : agent.state) {
        if (fact.starts_with(of + "\t")) {
            found += (found.empty() ? "" : " and ") + fact.substr(of.size() + 1);
        }
    }
    return found;
}

} // namespace

TEST_CASE("connections and sessions are counted")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key) });
    CHECK(agent.becomes("connections\t0"));
    const fd::Fd silent = connectTo(agent.port);
    CHECK(agent.becomes("unauthenticated\t1"));
    {
        const Session session = login(agent, key);
        CHECK(agent.becomes("sessions\t1"));
        CHECK(agent.becomes("connections\t2"));
    }
    CHECK(agent.becomes("sessions\t0"));
    agent.connectServer(); // a new one is told at once
    agent.state.clear();
    CHECK(agent.becomes("connections\t2"));
    CHECK(agent.becomes("unauthenticated\t1"));
}

TEST_CASE("limits that end a connection are counted, each by its name")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key), limit("max-sessions", "1"),
        limit("max-unauthenticated", "3"), limit("max-unauthenticated-per-source", "2"),
        limit("authentication-timeout", "4"), limit("hello-timeout", "3"),
        limit("max-authentication-attempts", "2"), limit("max-message-size", "65536"),
        limit("max-queued-output", "1048576"), limit("message-timeout", "4") });
    const auto counted = [&](const std::string& leaf) { return agent.becomes(limit(leaf, "1")); };

    SECTION("max-unauthenticated-per-source, max-unauthenticated and authentication-timeout")
    {
        std::vector<fd::Fd> silent;
        for (const char* const from : { "127.0.0.2", "127.0.0.2", "127.0.0.2" }) {
            silent.push_back(connectTo(agent.port, from));
        }
        CHECK(counted("max-unauthenticated-per-source"));
        for (const char* const from : { "127.0.0.3", "127.0.0.4" }) {
            silent.push_back(connectTo(agent.port, from));
        }
        CHECK(counted("max-unauthenticated"));
        CHECK(agent.becomes(limit("authentication-timeout", "3")));
    }
    SECTION("max-authentication-attempts")
    {
        Client client(agent.port);
        client.authenticate(makeKey());
        client.authenticate(makeKey());
        CHECK(counted("max-authentication-attempts"));
    }
    SECTION("hello-timeout")
    {
        Client client(agent.port);
        REQUIRE(client.authenticate(key) == SSH_AUTH_SUCCESS);
        REQUIRE(client.open());
        const ServerSession server = agent.session();
        CHECK(counted("hello-timeout"));
    }
    SECTION("max-sessions")
    {
        const Session first = login(agent, key);
        Client second(agent.port);
        REQUIRE(second.authenticate(key) == SSH_AUTH_SUCCESS);
        second.open();
        CHECK(counted("max-sessions"));
    }
    SECTION("max-message-size")
    {
        Session session = login(agent, key);
        session.client.write("\n#65537\n" + std::string(65537, 'x'));
        CHECK(counted("max-message-size"));
    }
    SECTION("max-queued-output")
    {
        Session session = login(agent, key); // whose client reads nothing any more
        try {
            session.server.send(std::string(8u << 20, 'r'));
        } catch (const std::exception&) { // the gate ends meanwhile
        }
        CHECK(counted("max-queued-output"));
    }
    SECTION("message-timeout, for a message that is not whole")
    {
        Session session = login(agent, key);
        session.client.write("\n#5\n<r");
        CHECK(counted("message-timeout"));
    }
    CHECK(said(agent, "limit\tkeepalive-interval") == "0");
}

TEST_CASE("a peer that does not answer keepalives is counted")
{
    const Key key = makeKey();
    Agent agent({ userKey("smf", key), limit("keepalive-interval", "1") });
    const Session session = login(agent, key); // whose client reads nothing any more
    CHECK(agent.becomes(limit("keepalive-interval", "1")));
}

TEST_CASE("the state of a target is told")
{
    const Key key = makeKey();
    const uint16_t port = freePort();
    Agent agent({ userKey("smf", key), target("ms", "127.0.0.1", port) });
    const auto shows = [&](const std::string& now, const std::string& rest) {
        return agent.becomes([&] {
            const std::string all = said(agent, "target\tms");
            return all.starts_with(now + "\t") && all.find(rest) != all.npos;
        });
    };
    const std::string place = "\t127.0.0.1\t" + std::to_string(port) + "\t";
    CHECK(shows("waiting", place + "1\t0\tQ29ubmVjdGlvbiByZWZ1c2Vk")); // Connection refused
    const Manager manager(port);
    fd::Fd connection = manager.accept();
    CHECK(shows("connected", place));
    {
        Client client(std::move(connection), "smf");
        REQUIRE(client.authenticate(key) == SSH_AUTH_SUCCESS);
        REQUIRE(client.open());
        CHECK(shows("in-session", "\t1\t"));
    }
    CHECK(shows("waiting", "\t1\t"));
    agent.facts.erase(agent.facts.begin() + 1); // the target
    agent.tell();
    CHECK(agent.becomes([&] { return said(agent, "target\tms").empty(); }));
}
