// Algorithms of SSH that are known to be weak.
#pragma once

#include "agent/prober/probe.h"

#include <set>
#include <string>

namespace agent {

/// Algorithms that /etc/ssh/sshd_config names and that are known to be weak. Failures go to
/// `reading`; none if there is no such file.
std::set<std::string> weakSshAlgorithms(Reading& reading);

} // namespace agent
