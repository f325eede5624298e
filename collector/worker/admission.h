// Lets sessions begin a few at a time: when a worker starts it has thousands to begin, and if all
// exchanged keys at once, all would run out of time.
#pragma once

#include "common/loop.h"

#include <deque>
#include <functional>
#include <map>

namespace collector {

class Admission {
public:
    static constexpr size_t Most = 64; // at a time
    /// What takes longer waits for its node, not for us, and keeps nobody out.
    static constexpr std::chrono::milliseconds Longest { 1'000 };

    explicit Admission(loop::Loop& loop)
        : loop_(loop)
    {
    }
    ~Admission();

    /// `go` is called from the loop when it is its turn. Returns a ticket for leave().
    uint64_t enter(std::function<void()> go);
    /// Began, or given up, or no longer wanted. 0 and tickets that were left are ignored.
    void leave(uint64_t ticket);

private:
    struct Waiting {
        uint64_t ticket;
        std::function<void()> go;
    };
    void admit();

    loop::Loop& loop_;
    std::deque<Waiting> waiting_;
    std::map<uint64_t, loop::Loop::TimerId> inside_;
    uint64_t last_ = 0;
    loop::Loop::TimerId next_ = 0;
};

} // namespace collector
