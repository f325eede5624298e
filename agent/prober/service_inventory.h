// What is found out about one service in one implementation, piece by piece.
#pragma once

#include "agent/prober/probe.h"

#include <map>
#include <set>
#include <string>
#include <utility>

namespace agent {

struct ServiceFacts {
    bool installed = false;
    bool enabled = false;
    bool active = false;
    bool socketActivated = false;
    bool byPortOnly = false; // nothing but its port says what it is
    std::set<std::string> endpoints {};
    std::set<std::string> weakAlgorithms {};
    std::set<std::string> evidence {};
    std::string path {}; // of its program, where known
    std::string version {};
};

class ServiceInventory {
public:
    ServiceFacts& at(const std::string& type, const std::string& implementation)
    {
        return facts_[{ type, implementation }];
    }
    std::map<std::pair<std::string, std::string>, ServiceFacts>& all() { return facts_; }

    /// Writes the list `service`. What is active is said only if it could be seen.
    void write(const Reading& reading, bool activitySeen) const;

private:
    std::map<std::pair<std::string, std::string>, ServiceFacts> facts_;
};

/// Algorithms that /etc/ssh/sshd_config names and that are known to be weak. Failures go to
/// `reading`; none if there is no such file.
std::set<std::string> weakSshAlgorithms(Reading& reading);

} // namespace agent
