#include "agent/prober/stamp.h"

namespace agent {

int64_t nanosecondsOf(const timespec& time)
{
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

Stamp Stamp::of(const struct stat& file)
{
    return { file.st_dev, file.st_ino, file.st_size, nanosecondsOf(file.st_mtim),
        nanosecondsOf(file.st_ctim) };
}

bool justChanged(const struct stat& file, wall::Time now)
{
    const bool coarse = file.st_ctim.tv_nsec == 0 && file.st_mtim.tv_nsec == 0;
    const auto step = coarse ? std::chrono::milliseconds(2000) : std::chrono::milliseconds(100);
    const auto age = now.time_since_epoch() - std::chrono::nanoseconds(nanosecondsOf(file.st_ctim));
    return age < step && age > -step;
}

} // namespace agent
