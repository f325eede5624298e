#include "agent/supervisor.h"
#include "agent/messages.h"
#include "common/frame.h"
#include "common/log.h"
#include "common/loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <memory>
#include <optional>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace agent {

namespace {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr milliseconds ShortestWait = 100ms;
constexpr milliseconds LongestWait = 30s;
constexpr auto Steady = 60s; // a child that lived so long has its back-off forgotten
constexpr auto Patience = 5s; // for children to end by themselves

struct Child {
    const char* role;
    pid_t pid = 0; // 0 while it does not run; never negative
    fd::Fd process {}; // pidfd: a signal can only ever reach this child
    std::unique_ptr<frame::Channel> control {};
    loop::Moment started {};
    milliseconds wait = ShortestWait;
};

class Supervisor {
public:
    Supervisor(const Config& config, std::string configFile)
        : config_(config)
        , configFile_(std::move(configFile))
    {
        loop_.signals({ SIGTERM, SIGINT }, [this](int) { shutDown(); });
        // The server first: what it says of access is what the gate starts with.
        for (Child& child : children_) {
            start(child);
        }
    }

    void run() { loop_.run(); }

private:
    Child& of(std::string_view role) { return *std::ranges::find(children_, role, &Child::role); }

    void start(Child& child);
    void join(const char* one, const char* other);
    void fromChild(Child& child);
    void ended(Child& child);
    void send(Child& child, frame::Message message);
    void shutDown();
    void endIfAlone();

    const Config& config_;
    std::string configFile_;
    loop::Loop loop_;
    std::array<Child, 3> children_ { Child { "server" }, Child { "prober" }, Child { "gate" } };
    std::optional<std::vector<std::string>> access_;
    bool ending_ = false;
};

/// Runs this program anew in one of its roles, with `control` as the only descriptor besides 0-2.
[[noreturn]] void become(const char* role, int control, const std::string& configFile)
{
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    const std::string number = std::to_string(control);
    const char* const arguments[] = { "femtowatch-agent", "child", role, "--config",
        configFile.c_str(), "--control", number.c_str(), nullptr };
    if (::fcntl(control, F_SETFD, 0) == 0) {
        ::execv("/proc/self/exe", const_cast<char* const*>(arguments));
    }
    ::_exit(127);
}

void Supervisor::start(Child& child)
{
    if (ending_) {
        return;
    }
    auto [ours, theirs] = fd::socketPair();
    const pid_t pid = ::fork();
    if (pid == 0) {
        become(child.role, theirs.get(), configFile_);
    }
    child.started = steady_clock::now();
    if (pid < 0) {
        logging::error(std::string(child.role) + ": fork: " + strerror(errno));
        loop_.after(child.wait, [this, &child] { start(child); });
        return;
    }
    child.pid = pid;
    child.process = fd::Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    if (!child.process) {
        fd::fail("pidfd_open");
    }
    child.control = std::make_unique<frame::Channel>(std::move(ours));
    loop_.watch(child.process.get(), EPOLLIN, [this, &child](uint32_t) { ended(child); });
    loop_.watch(child.control->fd(), EPOLLIN, [this, &child](uint32_t) { fromChild(child); });
    if (child.role == std::string_view("gate") && access_) {
        send(child, { static_cast<uint16_t>(Message::Access), *access_, {} });
    }
    if (child.role != std::string_view("gate")) {
        join("server", "prober");
    }
    if (child.role != std::string_view("prober")) {
        join("server", "gate");
    }
}

/// A new socket between two processes, if both run.
void Supervisor::join(const char* one, const char* other)
{
    Child& first = of(one);
    Child& second = of(other);
    if (first.pid == 0 || second.pid == 0) {
        return;
    }
    auto [a, b] = fd::socketPair();
    send(first, { static_cast<uint16_t>(Message::Peer), { other }, std::move(a) });
    send(second, { static_cast<uint16_t>(Message::Peer), { one }, std::move(b) });
}

void Supervisor::send(Child& child, frame::Message message)
try { // boundary: a child that is just ending
    if (child.control) {
        child.control->send(std::move(message));
        loop_.change(child.control->fd(), child.control->pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
} catch (const std::exception& e) {
    logging::warning(std::string(child.role) + ": " + e.what());
}

void Supervisor::fromChild(Child& child)
try { // boundary: frames of a child
    child.control->flush();
    while (auto message = child.control->receive()) {
        const bool access = message->type == static_cast<uint16_t>(Message::Access);
        if (!access || child.role != std::string_view("server")) {
            throw frame::Broken("message " + std::to_string(message->type) + " is not for this");
        }
        access_ = std::move(message->fields);
        send(of("gate"), { static_cast<uint16_t>(Message::Access), *access_, {} });
    }
    if (child.control->ended()) {
        loop_.forget(child.control->fd());
    } else {
        loop_.change(child.control->fd(), child.control->pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
} catch (const std::exception& e) {
    logging::error(std::string(child.role) + " is cut off: " + e.what());
    loop_.forget(child.control->fd());
    ::shutdown(child.control->fd(), SHUT_RDWR); // which ends it, and then it is started anew
}

void Supervisor::ended(Child& child)
{
    siginfo_t info {};
    if (::waitid(P_PIDFD, static_cast<id_t>(child.process.get()), &info, WEXITED | WNOHANG) != 0
        || info.si_pid == 0) {
        return;
    }
    loop_.forget(child.process.get());
    loop_.forget(child.control->fd());
    child.process.close();
    child.control.reset();
    child.pid = 0;
    if (ending_) {
        endIfAlone();
        return;
    }
    if (steady_clock::now() - child.started > Steady) {
        child.wait = ShortestWait;
    }
    const std::string how = info.si_code == CLD_EXITED ? "exited with " : "was ended by signal ";
    logging::error(std::string(child.role) + " " + how + std::to_string(info.si_status)
        + ", started again in " + std::to_string(child.wait.count()) + " ms");
    loop_.after(child.wait, [this, &child] { start(child); });
    child.wait = std::min<milliseconds>(child.wait * 2, LongestWait);
}

void Supervisor::shutDown()
{
    if (ending_) {
        return;
    }
    ending_ = true;
    for (Child& child : children_) {
        if (child.control) {
            ::shutdown(child.control->fd(), SHUT_RDWR);
            loop_.forget(child.control->fd());
        }
    }
    loop_.after(Patience, [this] {
        for (Child& child : children_) {
            if (child.process) {
                logging::warning(std::string(child.role) + " does not end: it is killed");
                ::syscall(SYS_pidfd_send_signal, child.process.get(), SIGKILL, nullptr, 0);
            }
        }
    });
    endIfAlone();
}

void Supervisor::endIfAlone()
{
    if (std::ranges::all_of(children_, [](const Child& child) { return child.pid == 0; })) {
        loop_.stop();
    }
}

void makeFolder(const std::string& path, const Config& config, bool forServer)
{
    namespace fs = std::filesystem;
    if (fs::create_directories(path)) {
        fs::permissions(path, fs::perms::owner_all);
    }
    if (forServer && config.mayDrop && ::chown(path.c_str(), config.uid, config.gid) != 0) {
        fd::fail(path);
    }
}

} // namespace

int supervise(const Config& config, const std::string& configFile)
{
    makeFolder(config.stateDirectory, config, true);
    makeFolder(config.keyDirectory, config, false);
    if (!config.mayDrop) {
        logging::warning("not started as root: what only root may read is reported as such, and"
                         " the processes keep this user's rights");
    }
    Supervisor(config, configFile).run();
    return 0;
}

} // namespace agent
