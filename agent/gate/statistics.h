// What peers did, and which limits they reached: counters of agent-access/statistics.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::gate {

class Statistics {
public:
    Statistics();

    void accepted() { ++connections_; }
    /// A leaf of agent-access/limits. Throws frame::Broken if it is none that is counted here.
    void reached(const std::string& leaf);

    /// For Message::AccessState: since, connections and limit.
    std::vector<std::string> facts() const;

private:
    std::chrono::system_clock::time_point since_;
    uint64_t connections_ = 0;
    std::map<std::string, uint64_t, std::less<>> limits_;
};

/// Seconds since the epoch, as facts have them.
std::string secondsOf(std::chrono::system_clock::time_point time);

} // namespace agent::gate
