#include "agent/prober/requests.h"
#include "common/log.h"
#include "common/text.h"

namespace agent {

namespace {

/// text: which categories to read, how often, which folders. No path that is given here is ever
/// written, run or sent: the probes report metadata and digests only.
void configure(Schedule& schedule, const yang::Context& context, const frame::Message& message)
{
    std::vector<std::string> lost; // categories of modules that the server has and this does not
    schedule.configure(yang::Tree::parseConfigKnown(
        context, message.at(0), "/femto-security:femto-security/collection/category", lost));
    for (const std::string& category : lost) {
        logging::error("category " + text::quoted(category) + " is not known here");
    }
}

/// token, category...: read these now.
void collect(Schedule& schedule, const yang::Context&, const frame::Message& message)
{
    for (size_t i = 1; i < message.fields.size(); ++i) {
        schedule.collect(message.at(i), message.at(0));
    }
}

} // namespace

std::span<const Request> requests()
{
    static constexpr Request all[] = {
        { Message::Configure, "configure", configure },
        { Message::Collect, "collect", collect },
    };
    return all;
}

} // namespace agent
