#include "agent/server/report_log.h"
#include "agent/server/report_segment.h"
#include "common/log.h"

#include <algorithm>
#include <cerrno>
#include <deque>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace agent {

namespace {

constexpr size_t Segments = 8; // that a full log has, about

std::vector<std::string> segmentsIn(int folder)
{
    const int again = ::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const std::unique_ptr<DIR, int (*)(DIR*)> open(
        again < 0 ? nullptr : ::fdopendir(again), &::closedir);
    if (!open) {
        fd::fail("report log");
    }
    std::vector<std::string> names;
    while (const dirent* entry = ::readdir(open.get())) {
        if (ReportSegment::number(entry->d_name)) {
            names.emplace_back(entry->d_name);
        }
    }
    std::ranges::sort(
        names, {}, [](const std::string& name) { return *ReportSegment::number(name); });
    return names;
}

} // namespace

struct ReportLog::Hidden {
    struct Record {
        Id id = 0;
        wall::Time time;
        std::shared_ptr<const std::string> epoch;
        uint64_t sequence = 0;
        uint64_t segment = 0; // its number
        uint64_t offset = 0;
    };

    const yang::Context& context;
    uint64_t mostBytes;
    fd::Fd folder;
    int unusable = 0; // errno of opening the folder
    size_t limit = 1000;
    Id last = 0;
    wall::Time created = std::chrono::system_clock::now();
    std::deque<Record> records; // oldest first
    std::deque<ReportSegment> segments; // oldest first

    void load();
    void add(const ReportSegment::Head& head, uint64_t segment, uint64_t offset);
    void prune();
    void giveUpOldestSegment();
    bool needsSegment(size_t bytes) const;
    size_t recordsIn(uint64_t segment) const;
    const ReportSegment* segment(uint64_t number) const;
};

void ReportLog::Hidden::add(
    const ReportSegment::Head& head, uint64_t segmentNumber, uint64_t offset)
{
    Record record;
    record.id = ++last;
    record.time = wall::parse(head.time).value_or(wall::Time {});
    record.epoch = !records.empty() && *records.back().epoch == head.epoch
        ? records.back().epoch
        : std::make_shared<const std::string>(head.epoch);
    record.sequence = head.sequence;
    record.segment = segmentNumber;
    record.offset = offset;
    records.push_back(std::move(record));
}

void ReportLog::Hidden::load()
{
    std::optional<wall::Time> said;
    for (const std::string& name : segmentsIn(folder.get())) {
        std::vector<ReportSegment::Found> found;
        try { // boundary: one file of the log
            segments.push_back(ReportSegment::open(folder.get(), name, found));
        } catch (const std::exception& error) {
            logging::warning(std::string("report log: ") + error.what());
            continue;
        }
        for (const ReportSegment::Found& one : found) {
            add(one.head, segments.back().number(), one.offset);
        }
        if (!said) {
            said = segments.back().logCreated();
        }
    }
    if (said || !records.empty()) {
        created = said ? *said : records.front().time;
    }
}

size_t ReportLog::Hidden::recordsIn(uint64_t number) const
{
    // Records are in the order of their files.
    return static_cast<size_t>(std::ranges::upper_bound(records, number, {}, &Record::segment)
        - std::ranges::lower_bound(records, number, {}, &Record::segment));
}

const ReportSegment* ReportLog::Hidden::segment(uint64_t number) const
{
    const auto found = std::ranges::find_if(
        segments, [&](const ReportSegment& one) { return one.number() == number; });
    return found == segments.end() ? nullptr : &*found;
}

void ReportLog::Hidden::giveUpOldestSegment()
{
    const ReportSegment& oldest = segments.front();
    if (::unlinkat(folder.get(), oldest.name().c_str(), 0) != 0 && errno != ENOENT) {
        logging::warning(
            "report log: " + oldest.name() + ": " + std::generic_category().message(errno));
    }
    while (!records.empty() && records.front().segment == oldest.number()) {
        records.pop_front();
    }
    segments.pop_front();
}

void ReportLog::Hidden::prune()
{
    uint64_t bytes = 0;
    for (const ReportSegment& one : segments) {
        bytes += one.size();
    }
    while (segments.size() > 1
        && (bytes > mostBytes || records.size() >= limit + recordsIn(segments.front().number()))) {
        bytes -= segments.front().size();
        giveUpOldestSegment();
    }
    while (records.size() > limit) {
        records.pop_front();
    }
}

bool ReportLog::Hidden::needsSegment(size_t bytes) const
{
    if (segments.empty()) {
        return true;
    }
    const ReportSegment& newest = segments.back();
    const size_t in = recordsIn(newest.number());
    return in >= std::max<size_t>(limit / Segments, 1)
        || (in > 0 && newest.size() + bytes > mostBytes / Segments);
}

ReportLog::ReportLog(const yang::Context& context, const std::string& folder, uint64_t mostBytes)
    : hidden_(new Hidden { context, mostBytes, {}, 0, 1000, 0, {}, {}, {} })
{
    hidden_->created
        = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
    hidden_->folder = fd::Fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!hidden_->folder) {
        hidden_->unusable = errno;
        logging::warning("report log: " + folder + ": "
            + std::generic_category().message(hidden_->unusable)
            + ": no report is kept, nothing can be replayed");
        return;
    }
    hidden_->load();
}

ReportLog::~ReportLog() = default;

void ReportLog::limit(size_t reports)
{
    hidden_->limit = std::max<size_t>(reports, 1);
    hidden_->prune();
}

void ReportLog::append(const Notification& report)
{
    if (hidden_->unusable != 0) {
        throw std::system_error(hidden_->unusable, std::generic_category(), "its folder");
    }
    const std::string_view text = report.event->message();
    if (text.size() > hidden_->mostBytes / 2) {
        throw std::system_error(EFBIG, std::generic_category(), "a report");
    }
    if (hidden_->needsSegment(text.size())) {
        const uint64_t number
            = hidden_->segments.empty() ? 1 : hidden_->segments.back().number() + 1;
        hidden_->segments.push_back(
            ReportSegment::create(hidden_->folder.get(), number, hidden_->created));
    }
    const ReportSegment::Head head { report.time, report.epoch, report.sequence };
    ReportSegment& newest = hidden_->segments.back();
    const uint64_t offset = newest.append(head, text);
    hidden_->add(head, newest.number(), offset);
    hidden_->prune();
}

std::vector<ReportLog::Id> ReportLog::between(wall::Time from, std::optional<wall::Time> to) const
{
    std::vector<Id> out;
    for (const Hidden::Record& record : hidden_->records) {
        if (record.time >= from && (!to || record.time <= *to)) {
            out.push_back(record.id);
        }
    }
    return out;
}

std::vector<ReportLog::Id> ReportLog::range(
    const std::string& epoch, uint64_t from, std::optional<uint64_t> to) const
{
    std::vector<Id> out;
    for (const Hidden::Record& record : hidden_->records) {
        if (*record.epoch == epoch && record.sequence >= from && (!to || record.sequence <= *to)) {
            out.push_back(record.id);
        }
    }
    return out;
}

std::optional<Notification> ReportLog::read(Id id) const
{
    const auto found = std::ranges::lower_bound(hidden_->records, id, {}, &Hidden::Record::id);
    if (found == hidden_->records.end() || found->id != id) {
        return std::nullopt;
    }
    const ReportSegment* segment = hidden_->segment(found->segment);
    ReportSegment::Head head;
    try { // boundary: one record of the log
        const auto text = segment ? segment->read(found->offset, head) : std::nullopt;
        if (!text) {
            return std::nullopt;
        }
        return Notification(std::move(head.time),
            std::make_shared<const Event>(hidden_->context, *text), std::move(head.epoch),
            head.sequence);
    } catch (const std::exception& error) {
        logging::warning("report log: report " + std::to_string(found->sequence) + " of epoch "
            + *found->epoch + ": " + error.what());
        return std::nullopt;
    }
}

std::optional<uint64_t> ReportLog::oldest(const std::string& epoch) const
{
    // An epoch's records stand together, in the order of their numbers.
    const auto other = [&](const Hidden::Record& record) { return *record.epoch != epoch; };
    const auto& records = hidden_->records;
    const auto first = !records.empty() && !other(records.back())
        ? std::ranges::partition_point(records, other)
        : std::ranges::find_if_not(records, other);
    return first == records.end() ? std::nullopt : std::optional(first->sequence);
}

wall::Time ReportLog::created() const
{
    return hidden_->created;
}

} // namespace agent
