// Memory that was freed and is not given back to the system by itself: glibc keeps its heap at the
// peak of what it once held.
#pragma once

#include "common/loop.h"

namespace memory {

class Spare {
public:
    explicit Spare(loop::Loop& loop);
    ~Spare() { loop_.cancel(timer_); }
    Spare(const Spare&) = delete;
    Spare& operator=(const Spare&) = delete;

    /// After work that took memory: what is free a second later is given back, unless it is little
    /// or something was given back a moment ago. At once would be wrong: the next such work would
    /// take all its pages anew.
    void giveBackSoon();

private:
    loop::Loop& loop_;
    loop::Loop::TimerId timer_ = 0;
    loop::Moment next_ {}; // no earlier
};

} // namespace memory
