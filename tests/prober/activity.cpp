// Counters by which a look at processes and sockets is spared.
#include "agent/prober/activity_counters.h"
#include "tests/prober/child.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

TEST_CASE("counters of sockets move when one is opened, and not with memory or fragments")
{
    CHECK(agent::socketsInUse("sockets: used 7\nTCP: inuse 1 orphan 0 tw 9 alloc 1 mem 3\n"
                              "FRAG: inuse 2 memory 1\n")
        == "sockets:7 TCP:1 ");
    CHECK(agent::socketsInUse("sockets: used") == "");
    const std::string before = agent::socketCounters();
    REQUIRE(before.find("UDP:") != std::string::npos);
    const fd::Fd one(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    sockaddr_in at {};
    at.sin_family = AF_INET;
    REQUIRE(::bind(one.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0);
    const std::string after = agent::socketCounters();
    CHECK(after != before);
    CHECK(agent::socketCounters({ { "other", "/proc/self/ns/net" } })
              .starts_with("other " + after + "TCP6:"));
    const auto own = std::filesystem::read_symlink("/proc/self/ns/net").string();
    CHECK(agent::socketCounters({ { own, "" } }).starts_with(own + ' ' + after + "TCP6:"));
}

TEST_CASE("counters of processes move with each fork")
{
    const std::string before = agent::processCounters();
    REQUIRE(before.starts_with("/"));
    const Child child([] { return true; });
    CHECK(agent::processCounters() != before);
}
