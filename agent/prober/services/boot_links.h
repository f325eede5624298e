// What comes up at boot without systemd: links of System V run levels and of OpenWrt, inittab(5).
#pragma once

#include "agent/prober/root.h"

#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct BootStart {
    std::string name; // of the script that a link points to; empty for inittab
    std::vector<std::string> command; // of inittab
    std::string evidence;
};

/// Lines of /etc/inittab that start something, in the forms of sysvinit and of BusyBox.
std::vector<BootStart> parseInittab(std::string_view all);

std::vector<BootStart> bootStarts(const Root& root);

} // namespace agent
