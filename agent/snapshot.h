// `femtowatch-agent snapshot`: one reading of everything, printed.
#pragma once

#include "agent/config.h"

#include <string>
#include <vector>

namespace agent {

struct SnapshotOptions {
    std::string root = "/";
    std::vector<std::string> categories; // all if empty
    std::string format = "json";
    Vendor vendor;
};

/// Prints one document with status and inventory on stdout. Returns the exit status.
int snapshot(const SnapshotOptions& options);

} // namespace agent
