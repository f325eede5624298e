#include "agent/prober/sockets.h"
#include "agent/prober/network_namespaces.h"
#include "agent/prober/socket_holders.h"
#include "agent/prober/socket_units.h"
#include "tests/emulated/skip.h"
#include "tests/prober/child.h"

#include <algorithm>
#include <arpa/inet.h>
#include <fcntl.h>
#include <future>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>
#include <thread>

using agent::Socket;

namespace {

/// A socket on a free port of `address`, -1 if there is no such family here.
int bound(int family, int type, const in6_addr& address, bool only = false)
{
    const int file = ::socket(family, type | SOCK_CLOEXEC, 0);
    sockaddr_in6 six {};
    six.sin6_family = AF_INET6;
    six.sin6_addr = address;
    sockaddr_in four {};
    four.sin_family = AF_INET;
    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int flag = only;
    if (family == AF_INET6) {
        ::setsockopt(file, IPPROTO_IPV6, IPV6_V6ONLY, &flag, sizeof flag);
    }
    const int rc = family == AF_INET6
        ? ::bind(file, reinterpret_cast<sockaddr*>(&six), sizeof six)
        : ::bind(file, reinterpret_cast<sockaddr*>(&four), sizeof four);
    if (file < 0 || rc != 0 || (type == SOCK_STREAM && ::listen(file, 1) != 0)) {
        return -1;
    }
    return file;
}

uint32_t portOf(int file)
{
    sockaddr_storage name {};
    socklen_t size = sizeof name;
    REQUIRE(::getsockname(file, reinterpret_cast<sockaddr*>(&name), &size) == 0);
    return name.ss_family == AF_INET6 ? ntohs(reinterpret_cast<sockaddr_in6*>(&name)->sin6_port)
                                      : ntohs(reinterpret_cast<sockaddr_in*>(&name)->sin_port);
}

struct Found {
    std::vector<agent::Process> processes;
    agent::Sockets sockets;

    Found()
        : processes(agent::processes(agent::Root("/"),
            [](const std::string& folder, const std::exception& e) {
                FAIL(folder + ": " + e.what());
            }))
        , sockets(agent::sockets(agent::Root("/"), processes))
    {
    }
    const Socket* on(uint32_t port, const std::string& protocol) const
    {
        const auto found = std::ranges::find_if(sockets.all, [&](const Socket& socket) {
            return socket.port == port && socket.protocol == protocol;
        });
        return found == sockets.all.end() ? nullptr : &*found;
    }
    std::vector<pid_t> holders(const Socket& socket) const
    {
        std::vector<pid_t> pids;
        for (const size_t index : socket.holders) {
            pids.push_back(static_cast<pid_t>(processes[index].pid));
        }
        return pids;
    }
};

} // namespace

TEST_CASE("a listener is found with everybody who holds it")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const fd::Fd listener(bound(AF_INET, SOCK_STREAM, {}));
    REQUIRE(listener);
    const Child child([] { return true; }); // inherits it
    const Found found;
    const Socket* socket = found.on(portOf(listener.get()), "tcp");
    REQUIRE(socket);
    CHECK(socket->address == "127.0.0.1");
    CHECK(socket->networkNamespace == "host");
    CHECK(socket->state == Socket::State::Listen);
    CHECK(socket->interfaces == std::vector<std::string> { "lo" });
    CHECK(socket->user == ::geteuid());
    CHECK_FALSE(socket->kernelOwned);
    const auto holders = found.holders(*socket);
    CHECK(std::ranges::count(holders, ::getpid()) == 1);
    CHECK(std::ranges::count(holders, child.pid()) == 1);
}

TEST_CASE("a socket on all IPv6 addresses serves IPv4 or not")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const fd::Fd both(bound(AF_INET6, SOCK_STREAM, in6addr_any));
    const fd::Fd only(bound(AF_INET6, SOCK_STREAM, in6addr_any, true));
    if (!both || !only) {
        WARN("left out: no IPv6 here");
        return;
    }
    const Found found;
    const Socket* first = found.on(portOf(both.get()), "tcp");
    const Socket* second = found.on(portOf(only.get()), "tcp");
    REQUIRE(first);
    REQUIRE(second);
    CHECK(first->address == "::");
    if (!first->ipv6Only) {
        WARN("left out: the kernel has no sock_diag here");
        return;
    }
    CHECK_FALSE(*first->ipv6Only);
    CHECK(second->ipv6Only == true);
}

TEST_CASE("a datagram socket is connected, bound to a device, or open to all")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const fd::Fd open(bound(AF_INET, SOCK_DGRAM, {}));
    const fd::Fd connected(bound(AF_INET, SOCK_DGRAM, {}));
    REQUIRE(open);
    sockaddr_in peer {};
    peer.sin_family = AF_INET;
    peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    peer.sin_port = htons(53);
    REQUIRE(::connect(connected.get(), reinterpret_cast<sockaddr*>(&peer), sizeof peer) == 0);
    const Found found;
    REQUIRE(found.on(portOf(open.get()), "udp"));
    REQUIRE(found.on(portOf(connected.get()), "udp"));
    CHECK(found.on(portOf(open.get()), "udp")->state == Socket::State::Unconnected);
    CHECK(found.on(portOf(connected.get()), "udp")->state == Socket::State::Connected);
}

TEST_CASE("a listener in a namespace of its own is found, under a name that stays")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const Child child([] {
        return ::unshare(::geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) == 0
            && bound(AF_INET6, SOCK_STREAM, in6addr_any) >= 0;
    });
    if (!child.ready()) {
        WARN("left out: no namespaces here");
        return;
    }
    const Found found;
    const auto theirs = std::ranges::find_if(found.sockets.all, [&](const Socket& one) {
        return std::ranges::count(found.holders(one), child.pid()) == 1
            && one.networkNamespace != "host";
    });
    REQUIRE(theirs != found.sockets.all.end());
    const std::string& name = theirs->networkNamespace;
    CHECK((name.starts_with("exe:/") || name.starts_with("unit:")));
    CHECK(theirs->address == "::");
    CHECK(theirs->protocol == "tcp");
}

TEST_CASE("a namespace that nothing but a descriptor keeps is looked into")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    const fd::Fd home(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    if (::geteuid() != 0 || ::unshare(CLONE_NEWNET) != 0) {
        WARN("left out: no namespaces here");
        return;
    }
    const fd::Fd listener(bound(AF_INET6, SOCK_STREAM, in6addr_any));
    const fd::Fd pin(::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC));
    const bool back = ::setns(home.get(), CLONE_NEWNET) == 0;
    REQUIRE(back);
    REQUIRE(listener);
    const Found found;
    const auto there = std::ranges::find_if(found.sockets.all, [&](const Socket& one) {
        return one.networkNamespace != "host" && one.port == portOf(listener.get());
    });
    REQUIRE(there != found.sockets.all.end());
    CHECK(std::ranges::count(found.holders(*there), ::getpid()) == 1);
}

TEST_CASE("a thread that has parted with its process holds sockets of its own")
{
    if (skippedAsEmulated("the /proc of this machine shows the emulator")) {
        return;
    }
    std::promise<uint64_t> made;
    std::promise<void> done;
    std::thread thread([&] {
        uint64_t inode = 0;
        if (::unshare(CLONE_FILES) == 0) {
            const fd::Fd listener(bound(AF_INET, SOCK_STREAM, {}));
            struct stat what { };
            inode = ::fstat(listener.get(), &what) == 0 ? what.st_ino : 0;
            made.set_value(inode);
            done.get_future().wait();
            return;
        }
        made.set_value(inode);
    });
    const uint64_t inode = made.get_future().get();
    const agent::Root root("/");
    const auto self = agent::process(root, static_cast<uint32_t>(::getpid()));
    std::vector<agent::Process> processes;
    if (self) {
        processes.push_back(*self);
    }
    agent::SocketHolders shallow;
    agent::addHolders(root, processes, 0, false, shallow);
    agent::SocketHolders deep;
    agent::addHolders(root, processes, 0, true, deep);
    done.set_value();
    thread.join();
    REQUIRE(inode != 0);
    CHECK(shallow.of(inode).empty());
    CHECK(deep.of(inode) == std::vector<size_t> { 0 });
}

TEST_CASE("what a socket unit listens on")
{
    const auto listens = agent::listensOf(
        agent::parseUnit("[Socket]\nListenStream=80\nListenStream=\n"
                         "ListenStream=81\nListenDatagram=\nListenStream=[::1]:22%lo\n"
                         "ListenStream=/run/x\nListenStream=@abstract\nListenStream=vsock:2:22\n"
                         "ListenDatagram=0.0.0.0:69\n[Service]\nListenStream=23\n"));
    REQUIRE(listens.size() == 2);
    CHECK(listens[0].address == "::1");
    CHECK(listens[0].port == 22);
    CHECK(listens[1].address == "0.0.0.0");
    CHECK_FALSE(listens[1].stream);
}
