#include "common/spare_memory.h"

#include <cstddef>
#include <malloc.h>

namespace memory {

#ifdef __GLIBC__

namespace {

constexpr size_t EnoughFree = 512u << 10; // bytes that are kept for what comes next

} // namespace

void Spare::giveBackSoon()
{
    if (timer_ == 0) {
        timer_ = loop_.after(std::chrono::seconds(1), [this] {
            timer_ = 0;
            if (::mallinfo2().fordblks >= EnoughFree) {
                ::malloc_trim(0);
            }
        });
    }
}

#else // others give back at once, or cannot

void Spare::giveBackSoon() { }

#endif

} // namespace memory
