// What the kernel says of a file, by which it is known that the file is still the same.
#pragma once

#include "common/clock.h"

#include <compare>
#include <cstdint>
#include <sys/stat.h>

namespace agent {

/// Nanoseconds since 1970.
int64_t nanosecondsOf(const timespec& time);

/// inode(7): ctime moves on every edit, also on one whose mtime was put back; it cannot be set.
struct Stamp {
    dev_t device = 0;
    ino_t inode = 0;
    off_t size = 0;
    int64_t mtime = 0; // nanoseconds
    int64_t ctime = 0;

    static Stamp of(const struct stat& file);
    auto operator<=>(const Stamp&) const = default;
};

/// Whether another edit could still leave the same stamp: clocks of file systems go in steps, most
/// of 10 ms or less (a tick of the kernel), some of up to 2 s, which shows in even seconds.
bool justChanged(const struct stat& file, wall::Time now);

} // namespace agent
