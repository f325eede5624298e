// Which package a file belongs to, by the lists of files that dpkg and opkg keep.
#pragma once

#include "agent/prober/probe.h"

#include <string>
#include <vector>

namespace agent {

/// Names of the packages that list `paths`, in their order; empty where none does. The lists are
/// searched once for a path, and again after a package was installed or removed. A list that cannot
/// be read is a failure of `reading`.
std::vector<std::string> packageOwners(Reading& reading, const std::vector<std::string>& paths);

} // namespace agent
