// One file of the report log. A record is a mark that occurs in no text, the length of its payload
// (4 bytes, little-endian), the first 16 bytes of the payload's SHA-256, and the payload: a line of
// eventTime, epoch and sequence number, then the <notification> element. Records can be found again
// behind damage by their mark and checksum.
#pragma once

#include "common/clock.h"
#include "common/fd.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

class ReportSegment {
public:
    struct Head {
        std::string time; // eventTime
        std::string epoch;
        uint64_t sequence = 0;
    };
    struct Found {
        Head head;
        uint64_t offset = 0;
    };

    /// A new file in a folder. Throws std::system_error.
    static ReportSegment create(int folder, uint64_t number, wall::Time logCreated);
    /// An existing file; `found` receives the records that are whole. Warns of all that is not, and
    /// cuts it off at the end. Throws std::system_error, std::length_error.
    static ReportSegment open(int folder, const std::string& name, std::vector<Found>& found);
    /// Number in the name of a segment's file; nothing if it is another file.
    static std::optional<uint64_t> number(std::string_view name);

    /// Appends a record and has it on the disk; returns its offset. Throws std::system_error: the
    /// file is then as it was.
    uint64_t append(const Head& head, std::string_view notification);
    /// The notification of the record at `offset`; nothing if it is damaged.
    std::optional<std::string> read(uint64_t offset, Head& head) const;

    uint64_t number() const { return number_; }
    uint64_t size() const { return size_; }
    const std::string& name() const { return name_; }
    /// When the log was created, as its first line says.
    std::optional<wall::Time> logCreated() const { return created_; }

private:
    ReportSegment() = default;

    fd::Fd file_;
    std::string name_;
    uint64_t number_ = 0;
    uint64_t size_ = 0; // where the next record goes
    std::optional<wall::Time> created_;
};

} // namespace agent
