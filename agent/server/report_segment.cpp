#include "agent/server/report_segment.h"
#include "common/digest.h"
#include "common/log.h"
#include "common/text.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/stat.h>
#include <unistd.h>

namespace agent {

namespace {

// 0xf5 and 0xff are in no UTF-8 text.
constexpr std::string_view Mark("\xf5"
                                "FWR1\xff\r\n",
    8);
constexpr size_t ChecksumSize = 16;
constexpr size_t HeadSize = Mark.size() + 4 + ChecksumSize;
constexpr size_t MostRecord = 48u << 20;
constexpr size_t MostFile = 256u << 20;
constexpr std::string_view Title = "femtowatch report log 1, created ";
constexpr std::string_view Prefix = "reports-";
constexpr std::string_view Suffix = ".log";

std::string checksum(std::string_view payload)
{
    digest::Sha256 sum;
    sum.add(payload);
    return sum.bytes().substr(0, ChecksumSize);
}

/// A whole record: the payload is a first line, and the notification.
std::string recordOf(std::string_view line, std::string_view notification)
{
    const size_t size = line.size() + notification.size();
    std::string out;
    out.reserve(HeadSize + size);
    out += Mark;
    for (int i = 0; i < 4; ++i) {
        out += static_cast<char>(size >> (8 * i) & 0xff);
    }
    digest::Sha256 sum;
    sum.add(line);
    sum.add(notification);
    out.append(sum.bytes(), 0, ChecksumSize);
    out += line;
    return out += notification;
}

uint32_t lengthAt(std::string_view head)
{
    uint32_t length = 0;
    for (size_t i = 0; i < 4; ++i) {
        length |= static_cast<uint32_t>(static_cast<uint8_t>(head[Mark.size() + i])) << (8 * i);
    }
    return length;
}

/// Payload of the record that `bytes` begin with, if it is whole and unharmed.
std::optional<std::string_view> payloadAt(std::string_view bytes)
{
    if (bytes.size() < HeadSize || !bytes.starts_with(Mark)) {
        return std::nullopt;
    }
    const size_t length = lengthAt(bytes);
    if (length > MostRecord || length > bytes.size() - HeadSize) {
        return std::nullopt;
    }
    const std::string_view payload = bytes.substr(HeadSize, length);
    const std::string_view sum = bytes.substr(Mark.size() + 4, ChecksumSize);
    return sum == checksum(payload) ? std::optional(payload) : std::nullopt;
}

/// The first line; what is behind it is the notification.
std::optional<ReportSegment::Head> headOf(std::string_view payload, size_t& behind)
{
    const size_t end = payload.find('\n');
    const auto words = text::fields(payload.substr(0, std::min(end, payload.size())), ' ');
    if (end == std::string_view::npos || words.size() != 3) {
        return std::nullopt;
    }
    const auto sequence = text::number<uint64_t>(words[2]);
    if (!sequence || !wall::parse(words[0])) {
        return std::nullopt;
    }
    behind = end + 1;
    return ReportSegment::Head { std::string(words[0]), std::string(words[1]), *sequence };
}

void writeAll(int file, std::string_view bytes, uint64_t offset, const std::string& name)
{
    while (!bytes.empty()) {
        const ssize_t n = ::pwrite(file, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            errno = n == 0 ? ENOSPC : errno;
            fd::fail(name);
        }
        bytes.remove_prefix(static_cast<size_t>(n));
        offset += static_cast<uint64_t>(n);
    }
}

/// Up to `size` bytes from `offset`: fewer at the end of the file.
std::string readAt(int file, uint64_t offset, size_t size, const std::string& name)
{
    std::string out(size, '\0');
    size_t done = 0;
    while (done < size) {
        const ssize_t n
            = ::pread(file, out.data() + done, size - done, static_cast<off_t>(offset + done));
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            fd::fail(name);
        }
        if (n == 0) {
            break;
        }
        done += static_cast<size_t>(n);
    }
    out.resize(done);
    return out;
}

void warn(const std::string& name, uint64_t from, uint64_t to)
{
    logging::warning("report log " + name + ": " + std::to_string(to - from)
        + " damaged bytes at offset " + std::to_string(from) + " are left out");
}

} // namespace

std::optional<uint64_t> ReportSegment::number(std::string_view name)
{
    if (!name.starts_with(Prefix) || !name.ends_with(Suffix)
        || name.size() <= Prefix.size() + Suffix.size()) {
        return std::nullopt;
    }
    return text::number<uint64_t>(
        name.substr(Prefix.size(), name.size() - Prefix.size() - Suffix.size()));
}

ReportSegment ReportSegment::create(int folder, uint64_t number, wall::Time logCreated)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%010llu", static_cast<unsigned long long>(number));
    ReportSegment made;
    made.name_ = std::string(Prefix) + digits + std::string(Suffix);
    made.number_ = number;
    made.created_ = logCreated;
    made.file_ = fd::Fd(::openat(
        folder, made.name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!made.file_) {
        fd::fail(made.name_);
    }
    const std::string title = std::string(Title) + wall::dateAndTime(logCreated) + "\n";
    try { // boundary: a file that cannot be begun is not left behind
        writeAll(made.file_.get(), title, 0, made.name_);
        if (::fdatasync(made.file_.get()) != 0 || ::fsync(folder) != 0) {
            fd::fail(made.name_);
        }
    } catch (...) {
        ::unlinkat(folder, made.name_.c_str(), 0);
        throw;
    }
    made.size_ = title.size();
    return made;
}

ReportSegment ReportSegment::open(int folder, const std::string& name, std::vector<Found>& found)
{
    ReportSegment made;
    made.name_ = name;
    made.number_ = number(name).value_or(0);
    made.file_ = fd::Fd(::openat(folder, name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (!made.file_ && (errno == EACCES || errno == EROFS)) {
        made.file_ = fd::Fd(::openat(folder, name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    }
    struct stat facts { };
    if (!made.file_ || ::fstat(made.file_.get(), &facts) != 0) {
        fd::fail(name);
    }
    if (!S_ISREG(facts.st_mode) || facts.st_size > static_cast<off_t>(MostFile)) {
        throw std::length_error(name + " is no file of a report log");
    }
    const std::string bytes = readAt(made.file_.get(), 0, static_cast<size_t>(facts.st_size), name);
    const std::string_view all = bytes;
    size_t at = 0;
    const size_t line = all.find('\n');
    if (all.starts_with(Title) && line != std::string_view::npos) {
        made.created_ = wall::parse(all.substr(Title.size(), line - Title.size()));
        at = made.created_ ? line + 1 : 0;
    }
    size_t good = at; // end of the last whole record
    while (at < all.size()) {
        const auto payload = payloadAt(all.substr(at));
        size_t behind = 0;
        auto head = payload ? headOf(*payload, behind) : std::nullopt;
        if (!head) {
            const size_t next = all.find(Mark, at + 1);
            at = next == std::string_view::npos ? all.size() : next;
            continue;
        }
        if (at != good) {
            warn(name, good, at);
        }
        found.push_back({ std::move(*head), at });
        at += HeadSize + payload->size();
        good = at;
    }
    if (good != all.size()) {
        warn(name, good, all.size());
        if (::ftruncate(made.file_.get(), static_cast<off_t>(good)) != 0) {
            logging::warning("report log " + name + ": " + strerror(errno));
        }
    }
    made.size_ = good;
    return made;
}

uint64_t ReportSegment::append(const Head& head, std::string_view notification)
{
    const std::string line
        = head.time + " " + head.epoch + " " + std::to_string(head.sequence) + "\n";
    if (line.size() + notification.size() > MostRecord) {
        errno = EFBIG;
        fd::fail(name_);
    }
    const uint64_t offset = size_;
    const std::string record = recordOf(line, notification);
    try { // boundary: no part of a record is left
        writeAll(file_.get(), record, offset, name_);
        if (::fdatasync(file_.get()) != 0) {
            fd::fail(name_);
        }
    } catch (...) {
        // If this fails too, the next record is written over what is there.
        [[maybe_unused]] const int rc = ::ftruncate(file_.get(), static_cast<off_t>(offset));
        throw;
    }
    size_ += record.size();
    return offset;
}

std::optional<std::string> ReportSegment::read(uint64_t offset, Head& head) const
{
    std::string bytes = readAt(file_.get(), offset, HeadSize, name_);
    if (bytes.size() == HeadSize && lengthAt(bytes) <= MostRecord) {
        bytes += readAt(file_.get(), offset + HeadSize, lengthAt(bytes), name_);
    }
    const auto payload = payloadAt(bytes);
    size_t behind = 0;
    auto found = payload ? headOf(*payload, behind) : std::nullopt;
    if (!found) {
        warn(name_, offset, offset + bytes.size());
        return std::nullopt;
    }
    head = std::move(*found);
    return std::string(payload->substr(behind));
}

} // namespace agent
