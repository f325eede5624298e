#include "common/loop.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace loop {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds Longest { 3'600'000 };

} // namespace

Loop::Loop()
    : epoll_(::epoll_create1(EPOLL_CLOEXEC))
{
    if (!epoll_) {
        fd::fail("epoll_create1");
    }
}

void Loop::watch(int fd, uint32_t events, std::function<void(uint32_t)> ready)
{
    epoll_event event {};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0) {
        fd::fail("epoll_ctl");
    }
    watched_[fd] = std::make_shared<Watched>(Watched { events, std::move(ready) });
}

void Loop::change(int fd, uint32_t events)
{
    Watched& watched = *watched_.at(fd);
    if (watched.events == events) {
        return;
    }
    watched.events = events;
    epoll_event event {};
    event.events = events;
    event.data.fd = fd;
    if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0) {
        fd::fail("epoll_ctl");
    }
}

void Loop::forget(int fd)
{
    if (watched_.erase(fd) != 0) {
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
    }
}

Loop::TimerId Loop::at(Moment when, std::function<void()> due)
{
    const TimerId id = ++last_;
    timers_.emplace(std::pair(when, id), std::move(due));
    when_.emplace(id, when);
    return id;
}

Loop::TimerId Loop::after(milliseconds wait, std::function<void()> due)
{
    return at(std::chrono::steady_clock::now() + wait, std::move(due));
}

void Loop::cancel(TimerId id)
{
    const auto found = when_.find(id);
    if (found != when_.end()) {
        timers_.erase({ found->second, id });
        when_.erase(found);
    }
}

void Loop::signals(const std::vector<int>& numbers, std::function<void(int)> arrived)
{
    sigset_t set;
    sigemptyset(&set);
    for (const int number : numbers) {
        sigaddset(&set, number);
    }
    if (::sigprocmask(SIG_BLOCK, &set, nullptr) != 0) {
        fd::fail("sigprocmask");
    }
    signal_ = fd::Fd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
    if (!signal_) {
        fd::fail("signalfd");
    }
    watch(signal_.get(), EPOLLIN, [this, arrived = std::move(arrived)](uint32_t) {
        signalfd_siginfo info {};
        while (::read(signal_.get(), &info, sizeof info) == sizeof info) {
            arrived(static_cast<int>(info.ssi_signo));
        }
    });
}

void Loop::fire()
{
    // Timers that a callback sets for now wait for the next round, so that descriptors get theirs.
    const Moment now = std::chrono::steady_clock::now();
    const TimerId newest = last_;
    while (!timers_.empty()) {
        const auto first = std::ranges::find_if(
            timers_, [&](const auto& timer) { return timer.first.second <= newest; });
        if (first == timers_.end() || first->first.first > now) {
            return;
        }
        const std::function<void()> due = std::move(first->second);
        when_.erase(first->first.second);
        timers_.erase(first);
        due();
    }
}

void Loop::once(milliseconds most)
{
    milliseconds wait = most;
    if (!timers_.empty()) {
        const auto left = timers_.begin()->first.first - std::chrono::steady_clock::now();
        const auto rounded = std::chrono::ceil<milliseconds>(left);
        wait = std::clamp(rounded, milliseconds(0), most);
    }
    epoll_event events[64];
    const int n
        = ::epoll_wait(epoll_.get(), events, std::size(events), static_cast<int>(wait.count()));
    if (n < 0 && errno != EINTR) {
        fd::fail("epoll_wait");
    }
    for (int i = 0; i < n; ++i) {
        const auto found = watched_.find(events[i].data.fd);
        if (found != watched_.end()) {
            const std::shared_ptr<Watched> keep = found->second;
            keep->ready(events[i].events);
        }
    }
    fire();
}

void Loop::run()
{
    stopping_ = false;
    while (!stopping_) {
        once(Longest);
    }
}

} // namespace loop
