// RFC 8071: the agent connects, the manager is the SSH client.
#include "tests/gate/client.h"
#include "tests/gate/manager.h"

#include <catch2/catch.hpp>
#include <thread>

using namespace gate_test;
using netconf_frame::encode;
using netconf_frame::Framing;

TEST_CASE("the agent calls home, and again when the session ends")
{
    const Key key = makeKey();
    const Manager manager;
    Agent agent({ userKey("smf", key), target("ms", "127.0.0.1", manager.port) });
    for (int i = 0; i < 2; ++i) {
        Client client(manager.accept(), "smf");
        REQUIRE(client.authenticate(key) == SSH_AUTH_SUCCESS);
        REQUIRE(client.open());
        client.write(encode(Framing::EndOfMessage, Hello11));
        ServerSession server = agent.session();
        CHECK(server.kind == "call-home");
        CHECK(server.address == "127.0.0.1");
        CHECK(server.port == std::to_string(manager.port));
        server.greet();
        client.receive();
        client.decoder.use(Framing::Chunked);
        server.send("<notification/>");
        CHECK(client.receive() == "<notification/>");
    }
}

TEST_CASE("a manager that was away is called when it is back")
{
    const uint16_t port = freePort();
    Agent agent({ target("ms", "127.0.0.1", port) });
    connectTo(agent.port); // facts have been taken: it has been called in vain
    const Manager manager(port);
    CHECK(manager.accept());
}

TEST_CASE("a manager is found by name")
{
    const Manager manager;
    Agent agent({ target("ms", "localhost", manager.port) });
    CHECK(manager.accept());
}

TEST_CASE("a target that is removed is called no more, another is not disturbed")
{
    const Key key = makeKey();
    const Manager one;
    const Manager other;
    Agent agent({ userKey("smf", key), target("one", "127.0.0.1", one.port),
        target("other", "127.0.0.1", other.port) });
    const fd::Fd first = one.accept();
    const fd::Fd second = other.accept();
    std::erase(agent.facts, target("one", "127.0.0.1", one.port));
    agent.tell();
    Client client(fd::Fd(::dup(second.get())), "smf"); // still served
    CHECK(client.authenticate(key) == SSH_AUTH_SUCCESS);
    CHECK_FALSE(ready(one.socket.get(), POLLIN, milliseconds(0)));
}

TEST_CASE("an alternative is called when the first address does not answer")
{
    const Manager standby;
    Agent agent({ target("ms", "127.0.0.1", freePort()), alternative("ms", freePort()),
        alternative("ms", standby.port) });
    CHECK(standby.accept());
}

TEST_CASE("a periodic connection ends when it is idle, and is made again a period after it began")
{
    const Key key = makeKey();
    const Manager manager;
    Agent agent({ userKey("smf", key), target("ms", "127.0.0.1", manager.port),
        "call-home-periodic\tms\t6\t-\t2" });
    Client client(manager.accept(), "smf");
    const auto began = std::chrono::steady_clock::now();
    const auto since = [&] { return std::chrono::steady_clock::now() - began; };
    REQUIRE(client.authenticate(key) == SSH_AUTH_SUCCESS);
    REQUIRE(client.open());
    client.write(encode(Framing::EndOfMessage, Hello11));
    ServerSession server = agent.session();
    server.greet();
    std::this_thread::sleep_for(std::chrono::seconds(1));
    server.send("<notification/>"); // which gives it two seconds more
    CHECK(server.ends());
    CHECK(since() > milliseconds(2900));
    CHECK_FALSE(ready(manager.socket.get(), POLLIN, milliseconds(300)));
    CHECK(manager.accept());
    CHECK(since() > milliseconds(5800));
    CHECK(since() < milliseconds(11000));
}
