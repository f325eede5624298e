#include "agent/prober/hash_cache.h"
#include "common/digest.h"
#include "common/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <vector>

namespace agent {

namespace {

constexpr size_t BlockSize = 128u << 10;
constexpr size_t MostUnfinished = 8;

Measured failure(Measured::State state, std::string error)
{
    Measured out;
    out.state = state;
    out.error = std::move(error);
    return out;
}

Measured unreadable()
{
    return failure(Measured::State::Unreadable, std::strerror(errno));
}

Measured pending()
{
    return failure(Measured::State::Pending, "not read yet");
}

} // namespace

/// A file that is read in several runs.
struct HashCache::Unfinished {
    digest::Sha256 sha {};
    off_t done = 0;
    uint64_t run = 0; // that it was last gone on with
};

HashCache::HashCache()
    : HashCache(Limits())
{
}

HashCache::HashCache(Limits limits)
    : limits_(limits)
{
}

HashCache::~HashCache() = default;

void HashCache::begin()
{
    spent_ = {};
    ++run_;
}

std::optional<Measured> HashCache::remembered(const struct stat& file) const
{
    const auto known = known_.find(Stamp::of(file));
    if (known == known_.end()) {
        return std::nullopt;
    }
    // A negative age: the clock was set back, and nobody knows how old the entry is.
    const auto age = std::chrono::system_clock::now() - known->second.at;
    const bool fresh = age >= age.zero() && age < limits_.rehashAfter;
    if (!fresh && spent_ < limits_.budget) {
        return std::nullopt;
    }
    Measured out;
    out.state = Measured::State::Measured;
    out.hash = text::hex({ known->second.digest.data(), known->second.digest.size() });
    out.at = known->second.at;
    return out;
}

Measured HashCache::measure(int file)
{
    struct stat before { };
    if (::fstat(file, &before) != 0) {
        return unreadable();
    }
    if (!S_ISREG(before.st_mode)) {
        return failure(Measured::State::Unreadable, "not a regular file");
    }
    if (static_cast<uint64_t>(before.st_size) > limits_.largestFile) {
        return failure(Measured::State::TooLarge,
            "larger than " + std::to_string(limits_.largestFile) + " bytes");
    }
    auto known = remembered(before);
    return known ? std::move(*known) : read(file, before, Stamp::of(before));
}

Measured HashCache::read(int file, const struct stat& before, const Stamp& key)
{
    if (spent_ >= limits_.budget) {
        return pending();
    }
    const auto begun = std::chrono::steady_clock::now();
    const auto spentBefore = spent_;
    auto work = std::make_unique<Unfinished>();
    if (const auto earlier = unfinished_.find(key); earlier != unfinished_.end()) {
        work = std::move(earlier->second);
        unfinished_.erase(earlier);
    }
    ::posix_fadvise(file, work->done, 0, POSIX_FADV_SEQUENTIAL);
    static std::vector<char> block(BlockSize);
    for (;;) {
        const ssize_t n = ::pread(file, block.data(), block.size(), work->done);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        spent_ = spentBefore + (std::chrono::steady_clock::now() - begun);
        if (n < 0) {
            return unreadable();
        }
        if (n == 0) {
            break;
        }
        work->sha.add({ block.data(), static_cast<size_t>(n) });
        work->done += n;
        if (work->done > before.st_size && before.st_size > 0) {
            break; // it grows: no need to run after its end
        }
        if (spent_ >= limits_.budget && work->done < before.st_size) {
            work->run = run_;
            unfinished_[key] = std::move(work);
            makeRoom();
            return pending();
        }
    }
    return finish(*work, file, key);
}

Measured HashCache::finish(Unfinished& work, int file, const Stamp& key)
{
    struct stat after { };
    if (::fstat(file, &after) != 0) {
        return unreadable();
    }
    // Files of /proc say that they are of size 0, whatever is in them.
    if (Stamp::of(after) != key || (after.st_size != 0 && work.done != after.st_size)) {
        return failure(Measured::State::ChangedDuringRead, "changed while it was read");
    }
    const std::string bytes = work.sha.bytes();
    Known known { {}, std::chrono::system_clock::now() };
    std::copy_n(bytes.begin(), known.digest.size(), known.digest.begin());
    if (!justChanged(after, known.at) && work.done == after.st_size) {
        keep(key, known);
    }
    Measured out;
    out.state = Measured::State::Measured;
    out.hash = text::hex(bytes);
    out.at = known.at;
    return out;
}

void HashCache::keep(const Stamp& key, const Known& known)
{
    auto at = known_.lower_bound({ key.device, key.inode, 0, INT64_MIN, INT64_MIN });
    while (at != known_.end() && at->first.device == key.device && at->first.inode == key.inode) {
        at = known_.erase(at); // what this file was before
    }
    known_[key] = known;
    makeRoom();
}

void HashCache::makeRoom()
{
    if (unfinished_.size() > MostUnfinished) {
        unfinished_.erase(std::ranges::min_element(
            unfinished_, {}, [](const auto& entry) { return entry.second->run; }));
    }
    if (known_.size() <= limits_.entries) {
        return;
    }
    // The older half goes, so that this is not done for every file.
    std::vector<wall::Time> times;
    for (const auto& [key, known] : known_) {
        times.push_back(known.at);
    }
    const auto middle = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 2);
    std::ranges::nth_element(times, middle);
    std::erase_if(known_, [&](const auto& entry) { return entry.second.at <= *middle; });
}

} // namespace agent
