// A file of the report log after any damage: opening never fails, and what is found can be read.
#include "agent/server/report_segment.h"
#include "common/log.h"

#include <cstdlib>
#include <fcntl.h>
#include <unistd.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    static const int folder = [] {
        logging::open("fuzz", logging::Level::Error);
        std::string name = "/tmp/femtowatch-fuzz-XXXXXX";
        return mkdtemp(name.data()) ? ::open(name.c_str(), O_RDONLY | O_DIRECTORY) : -1;
    }();
    const char* const name = "reports-0000000001.log";
    const int file = ::openat(folder, name, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (file < 0 || ::write(file, data, size) != static_cast<ssize_t>(size)) {
        std::abort();
    }
    ::close(file);
    std::vector<agent::ReportSegment::Found> found;
    agent::ReportSegment segment = agent::ReportSegment::open(folder, name, found);
    agent::ReportSegment::Head head;
    for (const auto& one : found) {
        if (!segment.read(one.offset, head) || head.sequence != one.head.sequence) {
            std::abort();
        }
    }
    const uint64_t offset = segment.append({ "2026-11-24T10:00:00Z", "epoch", 7 }, "<x/>");
    if (segment.read(offset, head) != "<x/>" || head.sequence != 7) {
        std::abort();
    }
    return 0;
}
