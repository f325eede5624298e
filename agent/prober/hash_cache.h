// SHA-256 of files, remembered by what the kernel says of a file: device, inode, size, mtime and
// ctime, to the nanosecond. ctime moves on every edit, also on one whose mtime was put back.
#pragma once

#include "agent/prober/stamp.h"
#include "common/clock.h"

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <sys/stat.h>

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
        std::chrono::milliseconds budget { 200 }; // of reading per run, while others wait
        std::chrono::seconds rehashAfter { 24 * 3600 }; // an entry older than this is measured anew
        size_t entries = 200'000;
    };

    HashCache();
    explicit HashCache(Limits limits);
    ~HashCache();

    /// A new run: the budget is full again.
    void begin();
    /// What a run has used of it, and the same run after another one that came in between.
    std::chrono::steady_clock::duration spent() const { return spent_; }
    void resume(std::chrono::steady_clock::duration spent) { spent_ = spent; }
    /// Content of an open regular file, from the cache or read now: fstat before and after, and
    /// ChangedDuringRead if they differ. Pending if the budget is used up; a large file is then
    /// gone on with in the next run. An entry that is due to be measured anew stands until there
    /// is budget for it. Reads with pread: the descriptor's offset does not matter.
    Measured measure(int file);
    /// What is in the cache of a file, by its metadata alone, if that would be measure()'s answer.
    std::optional<Measured> remembered(const struct stat& file) const;

private:
    struct Known {
        std::array<char, 32> digest;
        wall::Time at;
    };
    struct Unfinished;

    Measured read(int file, const struct stat& before, const Stamp& key);
    Measured finish(Unfinished& work, int file, const Stamp& key);
    void keep(const Stamp& key, const Known& known);
    void makeRoom();

    Limits limits_;
    // Its entries stay while what is allocated beside them goes: apart, that can be given back.
    std::pmr::unsynchronized_pool_resource pool_;
    std::pmr::map<Stamp, Known> known_ { &pool_ };
    std::map<Stamp, std::unique_ptr<Unfinished>> unfinished_;
    std::chrono::steady_clock::duration spent_ {};
    uint64_t run_ = 0;
};

} // namespace agent
