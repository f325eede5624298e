// What the collection configuration says of a category, for its probe and for the schedule.
#pragma once

#include "agent/prober/probe.h"

#include <optional>

namespace agent {

/// From a tree with /fs:femto-security/collection; defaults of the module where nothing is said.
Settings settingsOf(const yang::Tree& configuration, const std::string& category);

/// How often a category is read; nothing if it is not to be read at all.
std::optional<std::chrono::seconds> samplingInterval(
    const yang::Tree& configuration, const std::string& category);

} // namespace agent
