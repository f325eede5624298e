#include "common/spare_memory.h"

#include <algorithm>
#include <cstddef>
#include <malloc.h>

namespace memory {

#ifdef __GLIBC__

namespace {

constexpr size_t EnoughFree = 512u << 10; // bytes that are kept for what comes next
constexpr int Large = 128 << 10; // bytes of a piece that is given back as soon as it is freed
constexpr std::chrono::seconds Soon { 1 };
constexpr std::chrono::seconds Apart { 20 };

} // namespace

Spare::Spare(loop::Loop& loop)
    : loop_(loop)
{
    ::mallopt(M_MMAP_THRESHOLD, Large); // or else it grows with the largest piece ever freed
}

void Spare::giveBackSoon()
{
    if (timer_ == 0) {
        const auto when = std::max(std::chrono::steady_clock::now() + Soon, next_);
        timer_ = loop_.at(when, [this] {
            timer_ = 0;
            if (::mallinfo2().fordblks >= EnoughFree) { // what was given back counts as free, too
                ::malloc_trim(0);
                next_ = std::chrono::steady_clock::now() + Apart;
            }
        });
    }
}

#else // others give back at once, or cannot

Spare::Spare(loop::Loop& loop)
    : loop_(loop)
{
}

void Spare::giveBackSoon() { }

#endif

} // namespace memory
