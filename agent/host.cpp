#include "agent/host.h"
#include "common/log.h"
#include "common/text.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <utility>

namespace agent {

namespace {

constexpr size_t LongestReason = 1000;
constexpr size_t MostJudged = 4096; // that wait to be told
constexpr std::string_view NameLetters
    = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-:";

/// Text at the end of a line.
std::string behind(std::string_view reason)
{
    std::string line = text::legible(reason.substr(0, LongestReason));
    std::ranges::replace(line, '\n', ' ');
    return line.empty() ? line : " " + line;
}

bool isWord(const std::string& field)
{
    return !field.empty() && field.find_first_not_of(NameLetters) == field.npos;
}

/// Of the parent process; none if that is gone already, and then the socket has ended too.
fd::Fd parentProcess()
{
    const pid_t parent = ::getppid();
    fd::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, parent, 0)));
    return ::getppid() == parent ? std::move(process) : fd::Fd();
}

} // namespace

Host::Host(int socket)
{
    if (socket < 0) {
        return;
    }
    socket_ = fd::Fd(socket);
    int kind = 0;
    socklen_t size = sizeof kind;
    if (::getsockopt(socket, SOL_SOCKET, SO_TYPE, &kind, &size) != 0
        || ::fcntl(socket, F_SETFD, FD_CLOEXEC) != 0) {
        fd::fail("--status " + std::to_string(socket));
    }
    fd::setNonBlocking(socket);
    parent_ = parentProcess();
}

void Host::watch(loop::Loop& loop, std::function<void()> gone)
{
    if (!socket_) {
        return;
    }
    loop_ = &loop;
    gone_ = std::move(gone);
    loop.watch(socket_.get(), EPOLLIN, [this](uint32_t events) {
        if (events & EPOLLOUT) {
            flush();
        }
        if (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
            readable();
        }
    });
    if (parent_) {
        loop.watch(parent_.get(), EPOLLIN, [this](uint32_t) { lost(); });
    }
}

void Host::version()
{
    say("agent " FEMTOWATCH_VERSION);
}

void Host::serving()
{
    say("serving");
}

void Host::facts(const frame::Message& judged)
{
    std::string line = "facts";
    for (const size_t i : { 0u, 1u, 2u, 3u }) {
        if (!isWord(judged.at(i))) {
            return;
        }
        line += " " + judged.at(i);
    }
    line += behind(judged.at(4));
    if (socket_ && judged_.size() < MostJudged) {
        judged_.insert_or_assign(judged.at(0) + " " + judged.at(2), std::move(line));
        flush();
    }
}

void Host::exit(int status, std::string_view reason)
{
    gone_ = nullptr; // the loop may be gone
    say("exit " + std::to_string(status) + behind(reason));
}

void Host::say(std::string line)
{
    if (socket_) {
        unsent_ += std::move(line) + '\n';
        flush();
    }
}

void Host::flush()
{
    while (!unsent_.empty() || !judged_.empty()) {
        if (unsent_.empty()) {
            unsent_ = judged_.extract(judged_.begin()).mapped() + '\n';
        }
        const ssize_t sent = ::send(socket_.get(), unsent_.data(), unsent_.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR) {
            if (errno != EAGAIN) {
                unsent_.clear(); // nobody will read it
                judged_.clear();
            }
            break;
        }
        unsent_.erase(0, sent < 0 ? 0 : static_cast<size_t>(sent));
    }
    if (gone_) {
        loop_->change(
            socket_.get(), EPOLLIN | (unsent_.empty() ? 0u : static_cast<uint32_t>(EPOLLOUT)));
    }
}

/// Nothing is expected but the end.
void Host::readable()
{
    char none[64];
    const ssize_t got = ::recv(socket_.get(), none, sizeof none, 0);
    if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) {
        lost();
    }
}

void Host::lost()
{
    const std::function<void()> gone = std::exchange(gone_, nullptr);
    loop_->forget(socket_.get());
    if (parent_) {
        loop_->forget(parent_.get());
    }
    if (gone) {
        logging::notice("the program that started this has ended or asks to end");
        gone();
    }
}

} // namespace agent
