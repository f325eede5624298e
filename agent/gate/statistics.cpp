#include "agent/gate/statistics.h"
#include "common/frame.h"
#include "common/text.h"

namespace agent::gate {

Statistics::Statistics()
    : since_(std::chrono::system_clock::now())
{
    for (const char* const leaf :
        { "max-sessions", "max-unauthenticated", "max-unauthenticated-per-source",
            "authentication-timeout", "hello-timeout", "max-authentication-attempts",
            "max-message-size", "max-queued-output", "message-timeout", "keepalive-interval" }) {
        limits_[leaf] = 0;
    }
}

void Statistics::reached(const std::string& leaf)
{
    const auto limit = limits_.find(leaf);
    if (limit == limits_.end()) {
        throw frame::Broken("limit " + text::quoted(leaf));
    }
    ++limit->second;
}

std::vector<std::string> Statistics::facts() const
{
    std::vector<std::string> facts { "since\t" + secondsOf(since_),
        "connections\t" + std::to_string(connections_) };
    for (const auto& [leaf, count] : limits_) {
        facts.push_back("limit\t" + leaf + "\t" + std::to_string(count));
    }
    return facts;
}

std::string secondsOf(std::chrono::system_clock::time_point time)
{
    return std::to_string(
        std::chrono::floor<std::chrono::seconds>(time.time_since_epoch()).count());
}

} // namespace agent::gate
