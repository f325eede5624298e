#include "common/supervision.h"
#include "common/lockdown.h"
#include "common/log.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace supervision {

using namespace std::chrono_literals;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr milliseconds ShortestWait = 100ms;
constexpr milliseconds LongestWait = 30s;
constexpr auto Steady = 60s; // a process that lived so long has its back-off forgotten
constexpr auto Patience = 5s; // for processes to end by themselves

/// Runs this program anew in one of its roles, with `control` as the only descriptor besides 0-2.
[[noreturn]] void become(const Plan& plan, const std::string& role, int control)
{
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::umask(0077); // posture of a node, findings: for their user alone
    ::prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0);
    const std::string number = std::to_string(control);
    const char* const arguments[] = { plan.program.c_str(), "child", role.c_str(), "--config",
        plan.configFile.c_str(), "--control", number.c_str(), nullptr };
    if (::fcntl(control, F_SETFD, 0) == 0) {
        ::execv("/proc/self/exe", const_cast<char* const*>(arguments));
    }
    ::_exit(127);
}

} // namespace

struct Supervision::Child {
    std::string role {};
    pid_t pid = 0; // 0 while it does not run; never negative
    fd::Fd process {}; // pidfd: a signal can only ever reach this child
    std::unique_ptr<frame::Channel> control {};
    loop::Moment started {};
    milliseconds wait = ShortestWait;
    bool again = false; // it was started before
};

Supervision::Supervision(Plan plan)
    : plan_(std::move(plan))
{
    lockdown::leaveNoCore();
    loop_.signals({ SIGTERM, SIGINT }, [this](int) { shutDown(); });
    for (const std::string& role : plan_.roles) {
        children_.push_back({ role });
    }
}

Supervision::~Supervision() = default;

int Supervision::run()
{
    for (Child& child : children_) {
        start(child);
    }
    loop_.run();
    return status_;
}

Supervision::Child& Supervision::of(std::string_view role)
{
    return *std::ranges::find(children_, role, &Child::role);
}

void Supervision::start(Child& child)
{
    if (ending_) {
        return;
    }
    auto [ours, theirs] = fd::socketPair();
    const pid_t pid = ::fork();
    if (pid == 0) {
        become(plan_, child.role, theirs.get());
    }
    child.started = steady_clock::now();
    if (pid < 0) {
        logging::error(child.role + ": fork: " + strerror(errno));
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
    loop_.watch(child.control->fd(), EPOLLIN, [this, &child](uint32_t) { receive(child); });
    if (plan_.started) {
        plan_.started(child.role);
    }
    for (const auto& [one, other] : plan_.joins) {
        if (child.role == one || child.role == other) {
            join(one, other);
        }
    }
}

/// A new socket between two processes, if both run.
void Supervision::join(const std::string& one, const std::string& other)
{
    if (of(one).pid == 0 || of(other).pid == 0) {
        return;
    }
    auto [a, b] = fd::socketPair();
    send(one, { Peer, { other }, std::move(a) });
    send(other, { Peer, { one }, std::move(b) });
}

void Supervision::send(const std::string& role, frame::Message message)
try { // boundary: a process that is just ending
    Child& child = of(role);
    if (child.control) {
        child.control->send(std::move(message));
        loop_.change(child.control->fd(), child.control->pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
} catch (const std::exception& e) {
    logging::warning(role + ": " + e.what());
}

void Supervision::receive(Child& child)
try { // boundary: frames of a process
    child.control->flush();
    while (auto message = child.control->receive()) {
        if (!plan_.received) {
            throw frame::Broken("message " + std::to_string(message->type) + " is not expected");
        }
        plan_.received(child.role, std::move(*message));
    }
    if (child.control->ended()) {
        loop_.forget(child.control->fd());
    } else {
        loop_.change(child.control->fd(), child.control->pending() ? EPOLLIN | EPOLLOUT : EPOLLIN);
    }
} catch (const std::exception& e) {
    logging::error(child.role + " is cut off: " + e.what());
    loop_.forget(child.control->fd());
    ::shutdown(child.control->fd(), SHUT_RDWR); // which ends it, and then it is started anew
}

void Supervision::ended(Child& child)
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
    const bool first = !std::exchange(child.again, true);
    if (first && info.si_code == CLD_EXITED && info.si_status == CannotBegin) {
        status_ = 2;
        shutDown(); // it has said why
        return;
    }
    if (steady_clock::now() - child.started > Steady) {
        child.wait = ShortestWait;
    }
    const std::string how = info.si_code == CLD_EXITED ? "exited with " : "was ended by signal ";
    logging::error(child.role + " " + how + std::to_string(info.si_status) + ", started again in "
        + std::to_string(child.wait.count()) + " ms");
    loop_.after(child.wait, [this, &child] { start(child); });
    child.wait = std::min<milliseconds>(child.wait * 2, LongestWait);
}

void Supervision::shutDown()
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
        for (const Child& child : children_) {
            if (child.process) {
                logging::warning(child.role + " does not end: it is killed");
                ::syscall(SYS_pidfd_send_signal, child.process.get(), SIGKILL, nullptr, 0);
            }
        }
    });
    endIfAlone();
}

void Supervision::endIfAlone()
{
    if (std::ranges::all_of(children_, [](const Child& child) { return child.pid == 0; })) {
        loop_.stop();
    }
}

} // namespace supervision
