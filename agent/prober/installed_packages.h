// Packages that a package manager says are there: the status file of dpkg and opkg.
#pragma once

#include "agent/prober/root.h"

#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct Package {
    std::string name; // "dpkg:busybox"; with ":arch" where one is there for several machines
    std::string version;
};

/// Paragraphs of a status file that say files of the package are there. Throws ParseError.
std::vector<Package> parsePackages(
    std::string_view all, const std::string& manager, const std::string& file);

/// By name. None if there is no package manager that is known.
std::vector<Package> installedPackages(const Root& root);

} // namespace agent
