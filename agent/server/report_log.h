// Reports kept for replay (RFC 5277) and for resend-reports, over restarts: a file of appended
// records in the state folder, bounded in number and size. Damage costs the damaged records only.
#pragma once

#include "agent/server/notification.h"
#include "common/clock.h"

#include <deque>
#include <optional>
#include <vector>

namespace agent {

class ReportLog {
public:
    /// Reads what is in `folder`. Records that are cut short or broken are dropped, with a warning.
    ReportLog(const yang::Context& context, std::string folder);
    ~ReportLog();

    void limit(size_t reports);
    /// Appends durably. Throws std::system_error (disk full): then nothing of it is kept.
    void append(const Notification& report);

    /// Reports with eventTime in [from, to], oldest first.
    std::vector<Notification> between(wall::Time from, std::optional<wall::Time> to) const;
    /// Reports of an epoch with from <= sequence <= to.
    std::vector<Notification> range(
        const std::string& epoch, uint64_t from, std::optional<uint64_t> to) const;
    std::optional<uint64_t> oldest(const std::string& epoch) const;
    /// eventTime before which nothing is logged: creation of the log (RFC 5277, 3.2.5).
    wall::Time created() const;

private:
    struct Hidden;
    std::unique_ptr<Hidden> hidden_;
};

} // namespace agent
