#include "common/spare_memory.h"

#include <algorithm>
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
            kept_ = std::min<size_t>(kept_, ::mallinfo2().fordblks);
            if (::mallinfo2().fordblks >= kept_ + EnoughFree) {
                ::malloc_trim(0);
                kept_ = ::mallinfo2().fordblks; // pages that were given back count as free, too
            }
        });
    }
}

#else // others give back at once, or cannot

void Spare::giveBackSoon() { }

#endif

} // namespace memory
