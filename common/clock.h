// Times as YANG writes them: date-and-time of RFC 6991, in UTC.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace wall {

using Time = std::chrono::system_clock::time_point;

/// "2026-11-24T09:03:49.123Z", with milliseconds.
std::string dateAndTime(Time time);
std::string now();
/// Any form of RFC 3339, with zone. Nothing if it is not one, or outside of the years 1678 to 2261.
std::optional<Time> parse(std::string_view text);

} // namespace wall
