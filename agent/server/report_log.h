// Reports kept for replay (RFC 5277) and for resend-reports, over restarts: records appended to
// segment files in the state folder, bounded in number and bytes. Damage costs the damaged records
// only. What is kept in memory is where each record is, not what it says.
#pragma once

#include "agent/server/notification.h"
#include "common/clock.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agent {

class ReportLog {
public:
    static constexpr uint64_t MostBytes = 64u << 20;

    /// Grows from record to record.
    using Id = uint64_t;

    /// Reads what is in `folder`, which is opened once and for all: a later chroot does not matter.
    /// Records that are cut short or broken are left out, with a warning that names file and
    /// offset. A folder that cannot be used is warned of; each append() then throws.
    ReportLog(
        const yang::Context& context, const std::string& folder, uint64_t mostBytes = MostBytes);
    ~ReportLog();

    /// How many reports are kept; older ones are given up at once.
    void limit(size_t reports);
    /// Appends durably (one fdatasync). Throws std::system_error (disk full, read-only): then
    /// nothing of it is kept, and what was there before still is.
    void append(const Notification& report);

    /// Reports with eventTime in [from, to], oldest first.
    std::vector<Id> between(wall::Time from, std::optional<wall::Time> to) const;
    /// Reports of an epoch with from <= sequence <= to.
    std::vector<Id> range(
        const std::string& epoch, uint64_t from, std::optional<uint64_t> to) const;
    /// Reads a report from its file; nothing if it has been given up since, or was damaged.
    std::optional<Notification> read(Id id) const;
    /// Lowest sequence number of an epoch.
    std::optional<uint64_t> oldest(const std::string& epoch) const;
    /// Creation of the log, before which nothing was logged (replayLogCreationTime, RFC 5277,
    /// 3.2.5.1).
    wall::Time created() const;

private:
    struct Hidden;
    std::unique_ptr<Hidden> hidden_;
};

} // namespace agent
