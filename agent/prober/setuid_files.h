// Executables that give whoever runs them other privileges: setuid and setgid bits (chmod(2)) and
// file capabilities (capabilities(7)), found by walking folders.
#pragma once

#include "agent/prober/probe.h"

#include <string>
#include <sys/stat.h>
#include <vector>

namespace agent {

struct SetuidFile {
    std::string path;
    struct stat what { };
    std::vector<std::string> capabilities;
};

/// Below the folders of the settings, else below those where programs and their hiding places are.
/// Links are not followed, and each folder is looked at once, whatever its names. Sorted by path.
/// A large system is walked in parts, one in each run; until all has been seen once the reading is
/// marked unfinished.
std::vector<SetuidFile> setuidFiles(Reading& reading);

} // namespace agent
