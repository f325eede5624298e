#include "fake_node.h"
#include "fake_session.h"

#include <arpa/inet.h>
#include <csignal>
#include <netinet/in.h>
#include <stdexcept>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace fake {

namespace {

sockaddr_in loopback(uint16_t port)
{
    sockaddr_in out {};
    out.sin_family = AF_INET;
    out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    out.sin_port = htons(port);
    return out;
}

fd::Fd listenSomewhere(uint16_t& port)
{
    fd::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    auto* const plain = reinterpret_cast<sockaddr*>(&address);
    if (::bind(socket.get(), plain, size) != 0 || ::listen(socket.get(), 16) != 0
        || ::getsockname(socket.get(), plain, &size) != 0) {
        fd::fail("fake node");
    }
    port = ntohs(address.sin_port);
    return socket;
}

fd::Fd call(uint16_t port)
{
    fd::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        return {};
    }
    return socket;
}

} // namespace

Node::Node(Script script)
{
    std::vector<ServerKey> keys;
    keys.emplace_back(false);
    fingerprint_ = keys.back().fingerprint();
    if (script.alsoEcdsa) {
        keys.emplace_back(true);
        otherFingerprint_ = keys.back().fingerprint();
    }
    fd::Fd listening = script.callsHome == 0 ? listenSomewhere(port_) : fd::Fd();
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0) {
        fd::fail("socketpair");
    }
    control_ = fd::Fd(ends[0]);
    fd::Fd other(ends[1]);
    pid_ = ::fork();
    if (pid_ < 0) {
        fd::fail("fork");
    }
    if (pid_ > 0) {
        return;
    }
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGPIPE, SIG_IGN);
    control_.close();
    try {
        for (;;) {
            fd::Fd socket = listening ? fd::Fd(::accept(listening.get(), nullptr, nullptr))
                                      : call(script.callsHome);
            if (socket) {
                serve(script, keys, std::move(socket), other.get());
            }
            if (!listening) {
                ::usleep(100'000); // between calls
            }
        }
    } catch (const std::exception&) { // the test has ended
    }
    ::_exit(0);
}

Node::~Node()
{
    if (pid_ > 1) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

void Node::tell(const std::string& what)
{
    if (::send(control_.get(), what.data(), what.size(), MSG_NOSIGNAL) < 0) {
        fd::fail("fake node");
    }
}

std::vector<std::string> Node::asked()
{
    std::vector<std::string> out;
    char word[256];
    for (;;) {
        const ssize_t n = ::recv(control_.get(), word, sizeof word, MSG_DONTWAIT);
        if (n <= 0) {
            return out;
        }
        out.emplace_back(word, static_cast<size_t>(n));
    }
}

} // namespace fake
