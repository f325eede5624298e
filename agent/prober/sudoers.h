// All of sudoers(5) as sudo reads it: /etc/sudoers with what it includes.
#pragma once

#include "agent/prober/probe.h"
#include "agent/prober/sudoers_parser.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace agent {

struct Sudoers {
    struct Spec {
        SudoUserSpec what;
        std::string file;
    };
    struct Setting {
        SudoDefault what;
        std::string where; // file:line
    };
    std::vector<Spec> specs; // in the order in which sudo reads them: the last that matches counts
    std::vector<Setting> defaults;
    std::map<std::pair<SudoAlias::Kind, std::string>, SudoMembers> aliases;
};

/// Lines that sudo leaves out, and files that it refuses or that cannot be read, are failures of
/// `reading`. No sudoers at all is no failure.
Sudoers readSudoers(Reading& reading, const std::string& path = "/etc/sudoers");

/// Host name of the node, as configured; empty if it is not known.
std::string hostName(const Root& root);

} // namespace agent
