// The event loop of a process: descriptors, timers and signals, in one epoll_wait. One thread.
#pragma once

#include "common/fd.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace loop {

using Moment = std::chrono::steady_clock::time_point;

class Loop {
public:
    using TimerId = uint64_t;

    Loop();

    /// Calls `ready` with the events of EPOLLIN, EPOLLOUT, EPOLLHUP, EPOLLERR that hold. The
    /// descriptor must be forgotten before it is closed. `ready` may forget any descriptor, its own
    /// too.
    void watch(int fd, uint32_t events, std::function<void(uint32_t)> ready);
    void change(int fd, uint32_t events);
    void forget(int fd);

    TimerId at(Moment when, std::function<void()> due);
    TimerId after(std::chrono::milliseconds wait, std::function<void()> due);
    /// 0 and ids of timers that have fired are ignored.
    void cancel(TimerId id);

    /// Blocks these signals for the process and calls `arrived` instead. Once per loop.
    void signals(const std::vector<int>& numbers, std::function<void(int)> arrived);

    /// Until stop(). An exception of a callback leaves run().
    void run();
    void stop() { stopping_ = true; }
    /// One round: waits at most `most`, then calls what is ready or due.
    void once(std::chrono::milliseconds most);

private:
    struct Watched {
        uint32_t events;
        std::function<void(uint32_t)> ready;
    };
    void fire();

    fd::Fd epoll_;
    fd::Fd signal_;
    std::unordered_map<int, std::shared_ptr<Watched>> watched_;
    std::map<std::pair<Moment, TimerId>, std::function<void()>> timers_;
    std::unordered_map<TimerId, Moment> when_;
    TimerId last_ = 0;
    bool stopping_ = false;
};

} // namespace loop
