// The files that super-servers read: what of them counts, in their order.
#pragma once

#include "agent/prober/probe.h"
#include "agent/prober/services/inetd.h"

#include <string>
#include <vector>

namespace agent {

struct InetdFile {
    std::string path;
    std::vector<InetdService> services;
};

/// /etc/inetd.conf and /etc/inetd.d. A file, or line, that is not understood is a failure of
/// `reading`.
std::vector<InetdFile> inetdFiles(Reading& reading);

/// /etc/xinetd.conf and what it includes, without what is disabled. Failures as above.
std::vector<InetdFile> xinetdFiles(Reading& reading);

} // namespace agent
