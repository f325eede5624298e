#include "common/process.h"
#include "common/log.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace process {

namespace {

constexpr int ChannelNumber = 3; // of the child's end

[[noreturn]] void live(const std::string& name, const std::function<void(fd::Fd)>& body, int socket)
{
    int status = 1;
    try { // boundary: a process
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        ::prctl(PR_SET_NAME, name.c_str());
        // The parent's sockets must not live on here. What its objects hold is never destroyed.
        if (socket != ChannelNumber && ::dup3(socket, ChannelNumber, O_CLOEXEC) < 0) {
            fd::fail("dup3");
        }
        if (::syscall(SYS_close_range, ChannelNumber + 1, ~0u, 0) != 0) {
            fd::fail("close_range");
        }
        body(fd::Fd(ChannelNumber));
        status = 0;
    } catch (const std::exception& e) {
        logging::error(name + ": " + e.what());
    }
    ::_exit(status);
}

} // namespace

Process::Process(
    const std::string& name, const std::function<void(fd::Fd)>& body, size_t channelLimit)
    : Process(name, body, channelLimit, fd::socketPair())
{
}

Process::Process(const std::string& name, const std::function<void(fd::Fd)>& body,
    size_t channelLimit, std::pair<fd::Fd, fd::Fd> ends)
    : channel_(std::in_place, std::move(ends.first), channelLimit)
{
    // A place for the pidfd, so that there is none missing once there is a child.
    fd::Fd place(::fcntl(channel_->fd(), F_DUPFD_CLOEXEC, 0));
    if (!place) {
        fd::fail("pidfd");
    }
    const pid_t child = ::fork();
    if (child < 0) {
        fd::fail("fork");
    }
    if (child == 0) {
        live(name, body, ends.second.get());
    }
    place.close();
    // Not collected yet, so the number is the child's.
    pidfd_ = fd::Fd(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    if (!pidfd_) {
        const int error = errno;
        channel_.reset(); // by which the child ends
        ends.second.close();
        ::waitpid(child, nullptr, 0);
        errno = error;
        fd::fail("pidfd_open");
    }
}

Process::~Process()
{
    channel_.reset();
    if (!collected_) {
        kill();
        siginfo_t info {};
        ::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED);
    }
}

void Process::kill()
{
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), SIGKILL, nullptr, 0);
}

std::string Process::collect()
{
    siginfo_t info {};
    if (::waitid(P_PIDFD, static_cast<id_t>(pidfd_.get()), &info, WEXITED) != 0) {
        fd::fail("waitid");
    }
    collected_ = true;
    const std::string number = std::to_string(info.si_status);
    if (info.si_code == CLD_EXITED) {
        return info.si_status == 0 ? "" : "exit status " + number;
    }
    return "signal " + number;
}

} // namespace process
