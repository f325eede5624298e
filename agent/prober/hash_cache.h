// SHA-256 of files, remembered by what the kernel says of a file: device, inode, size, mtime and
// ctime, to the nanosecond. ctime moves on every edit, also on one whose mtime was put back.
#pragma once

#include "common/clock.h"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <sys/stat.h>
#include <tuple>

namespace agent {

struct Measured {
    enum class State { Measured, ChangedDuringRead, Unreadable, TooLarge, Pending };
    State state = State::Unreadable;
    std::string hash {}; // 64 hexadecimal digits; empty unless Measured
    wall::Time at {};
    std::string error {};
};

class HashCache {
public:
    struct Limits {
        uint64_t largestFile = 4ull << 30;
        std::chrono::milliseconds budget { 200 }; // of reading per run; then Pending
        std::chrono::seconds rehashAfter { 24 * 3600 }; // an entry older than this is measured anew
        size_t entries = 200'000;
    };

    HashCache();
    explicit HashCache(Limits limits);
    ~HashCache();

    /// A new run: the budget is full again.
    void begin();
    /// Content of an open regular file, from the cache or read now: fstat before and after, and
    /// ChangedDuringRead if they differ. Pending if the budget is used up; a large file is then
    /// gone on with in the next run. Reads with pread: the descriptor's offset does not matter.
    Measured measure(int file);

private:
    using Key = std::tuple<dev_t, ino_t, off_t, int64_t, int64_t>; // mtime, ctime in ns
    struct Unfinished;
    Measured read(int file, const struct stat& before, const Key& key);

    Limits limits_;
    std::map<Key, Measured> known_;
    std::unique_ptr<Unfinished> unfinished_;
    std::chrono::steady_clock::duration spent_ {};
};

} // namespace agent
