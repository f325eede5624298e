#include "tests/gate/agent.h"
#include "common/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cerrno>
#include <csignal>
#include <filesystem>
#include <netinet/in.h>
#include <poll.h>
#include <pwd.h>
#include <random>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace gate_test {

using agent::Message;

namespace {

constexpr const char* ServerHello
    = "<hello xmlns=\"urn:ietf:params:xml:ns:netconf:base:1.0\"><capabilities>"
      "<capability>urn:ietf:params:netconf:base:1.1</capability></capabilities>"
      "<session-id>1</session-id></hello>";

sockaddr_in loopback(uint16_t port, const char* address = "127.0.0.1")
{
    sockaddr_in at {};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    ::inet_pton(AF_INET, address, &at.sin_addr);
    return at;
}

std::string exactly(int fd, size_t count)
{
    std::string bytes;
    while (bytes.size() < count) {
        char byte = 0;
        if (!ready(fd, POLLIN) || ::recv(fd, &byte, 1, 0) != 1) {
            throw std::runtime_error("end of the gate instead of its login");
        }
        bytes += byte;
    }
    return bytes;
}

} // namespace

bool becomes(const std::function<bool()>& what)
{
    const auto until = std::chrono::steady_clock::now() + Deadline;
    while (!what()) {
        if (std::chrono::steady_clock::now() > until) {
            return false;
        }
        ::poll(nullptr, 0, 5);
    }
    return true;
}

bool ready(int fd, short events, milliseconds most)
{
    pollfd one { fd, events, 0 };
    return ::poll(&one, 1, static_cast<int>(most.count())) == 1;
}

void ServerSession::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        if (!ready(socket.get(), POLLOUT)) {
            throw std::runtime_error("the gate does not read");
        }
        const ssize_t n = ::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (n < 0 && errno != EAGAIN) {
            fd::fail("session");
        }
        bytes.remove_prefix(static_cast<size_t>(std::max<ssize_t>(n, 0)));
    }
}

void ServerSession::greet()
{
    write(netconf_frame::encode(netconf_frame::Framing::EndOfMessage, ServerHello));
    const std::string hello = receive();
    if (hello.find("netconf:base:1.1") == hello.npos) {
        throw std::runtime_error("hello of the gate: " + hello);
    }
    decoder.use(netconf_frame::Framing::Chunked);
}

std::string ServerSession::receive()
{
    for (;;) {
        if (auto message = decoder.next()) {
            return *message;
        }
        char block[65536];
        if (!ready(socket.get(), POLLIN)) {
            throw std::runtime_error("no message in time");
        }
        const ssize_t n = ::recv(socket.get(), block, sizeof block, 0);
        if (n <= 0) {
            throw std::runtime_error("end of session");
        }
        decoder.add({ block, static_cast<size_t>(n) });
    }
}

void ServerSession::send(const std::string& message)
{
    write(netconf_frame::encode(netconf_frame::Framing::Chunked, message));
}

bool ServerSession::ends(milliseconds most)
{
    return closes(socket, most);
}

bool closes(const fd::Fd& socket, milliseconds most)
{
    const auto until = std::chrono::steady_clock::now() + most;
    for (;;) {
        const auto left
            = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
        char block[65536];
        if (left.count() <= 0 || !ready(socket.get(), POLLIN, left)) {
            return false;
        }
        if (::recv(socket.get(), block, sizeof block, 0) <= 0) {
            return true;
        }
    }
}

uint16_t freePort()
{
    // Below the ports that the kernel gives to clients: one that waits for its server there could
    // be connected to itself.
    static std::minstd_rand random { std::random_device {}() };
    std::uniform_int_distribution<uint16_t> any(10000, 29999);
    for (int i = 0; i < 1000; ++i) {
        const fd::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_in at = loopback(any(random));
        if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0) {
            return ntohs(at.sin_port);
        }
    }
    throw std::runtime_error("no free port");
}

fd::Fd connectTo(uint16_t port, const char* from)
{
    const auto until = std::chrono::steady_clock::now() + Deadline;
    const sockaddr_in to = loopback(port);
    for (;;) {
        fd::Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        const sockaddr_in source = loopback(0, from);
        if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&source), sizeof source) != 0) {
            fd::fail(from);
        }
        if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0) {
            return socket;
        }
        if (std::chrono::steady_clock::now() > until) {
            fd::fail("connect");
        }
        ::poll(nullptr, 0, 5); // the gate has not opened its doors yet
    }
}

Agent::Agent(std::vector<std::string> more, const std::function<void()>& before)
    : port(freePort())
    , facts(std::move(more))
{
    config.keyDirectory = folder.path / "keys";
    std::filesystem::create_directory(config.keyDirectory);
    std::filesystem::permissions(folder.path, std::filesystem::perms(0755));
    if (::geteuid() == 0) {
        const passwd* const nobody = ::getpwnam("nobody");
        config.mayDrop = true;
        config.uid = nobody->pw_uid;
        config.gid = nobody->pw_gid;
    }
    facts.push_back("listen\toam\t127.0.0.1\t" + std::to_string(port));
    facts.push_back("host-key\tecdsa\thost_ecdsa");
    facts.push_back("host-key\ted25519\thost_ed25519");

    auto [child, control] = fd::socketPair();
    pid_ = ::fork();
    if (pid_ == 0) {
        control.close();
        config.control = child.release();
        logging::open(
            "gate", std::getenv("GATE_LOG") ? logging::Level::Debug : logging::Level::Error);
        int status = 1;
        ::signal(SIGPIPE, SIG_DFL); // whatever clients of this test have made of it
        try {
            before();
            status = agent::runGate(config);
        } catch (const std::exception& e) {
            logging::error(e.what());
        }
        ::_exit(status);
    }
    if (pid_ < 2) {
        fd::fail("fork");
    }
    control_ = std::make_unique<frame::Channel>(std::move(control));
    connectServer();
    tell();
}

Agent::~Agent()
{
    if (end() == -1 && pid_ >= 2) {
        ::kill(pid_, SIGKILL);
        ::waitpid(pid_, nullptr, 0);
    }
}

void Agent::tell()
{
    control_->send({ static_cast<uint16_t>(Message::Access), facts, {} });
}

void Agent::connectServer()
{
    auto [mine, theirs] = fd::socketPair();
    control_->send({ static_cast<uint16_t>(Message::Peer), { "server" }, std::move(theirs) });
    server_ = std::make_unique<frame::Channel>(std::move(mine));
}

/// Takes what the gate says, for that long if there is no session before.
void Agent::listen(milliseconds most)
{
    const auto until = std::chrono::steady_clock::now() + most;
    for (;;) {
        while (auto message = server_->receive()) {
            if (message->type == static_cast<uint16_t>(Message::AccessState)) {
                state = std::move(message->fields);
            } else {
                sessions_.push_back(std::move(*message));
            }
        }
        const auto left
            = std::chrono::duration_cast<milliseconds>(until - std::chrono::steady_clock::now());
        if (!sessions_.empty() || left.count() <= 0) {
            return;
        }
        ready(server_->fd(), POLLIN, left);
    }
}

ServerSession Agent::session()
{
    listen(Deadline);
    if (sessions_.empty()) {
        throw std::runtime_error("no session in time");
    }
    frame::Message message = std::move(sessions_.front());
    sessions_.pop_front();
    ServerSession session { std::move(message.attached), message.at(0), message.at(1),
        message.at(2), message.at(3), {} };
    const std::string head = exactly(session.socket.get(), 10);
    const auto size = static_cast<unsigned char>(head[6]);
    session.user = exactly(session.socket.get(), size);
    if (frame::encode({ static_cast<uint16_t>(Message::Login), { session.user }, {} })
        != head + session.user) {
        throw std::runtime_error("login is " + text::hex(head));
    }
    return session;
}

bool Agent::noSession(milliseconds most)
{
    listen(most);
    return sessions_.empty();
}

bool Agent::becomes(const std::function<bool()>& so)
{
    return gate_test::becomes([&] {
        listen(milliseconds(0));
        return so();
    });
}

bool Agent::becomes(const std::string& fact)
{
    return becomes([&] { return std::ranges::find(state, fact) != state.end(); });
}

int Agent::end()
{
    control_.reset();
    if (pid_ < 2) {
        return -1;
    }
    const fd::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!ready(process.get(), POLLIN)) {
        return -1;
    }
    int status = -1;
    ::waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 256 + WTERMSIG(status);
}

} // namespace gate_test
