// Which package a file belongs to, by the lists of files that dpkg and opkg keep.
#pragma once

#include "agent/prober/root.h"

#include <string>
#include <vector>

namespace agent {

/// Names of the packages that list `paths`, in their order; empty where none does. The lists are
/// searched once for a path, and again after a package was installed or removed.
std::vector<std::string> packageOwners(const Root& root, const std::vector<std::string>& paths);

} // namespace agent
