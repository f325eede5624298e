// What is found out about one service in one implementation, piece by piece.
#pragma once

#include "agent/prober/probe.h"
#include "agent/prober/services/catalog.h"

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
    ServiceFacts& at(const KnownService& known) { return at(known.type, known.implementation); }
    /// By type and implementation.
    std::map<std::pair<std::string, std::string>, ServiceFacts>& all() { return facts_; }

    /// Something starts this implementation at boot, whatever services it turns out to be, if any.
    void enable(const std::string& implementation, const std::string& evidence)
    {
        enabled_[implementation].insert(evidence);
    }

    /// Writes the list `service`. What is active is said only if it could be seen.
    void write(const Reading& reading, bool activitySeen) const;

private:
    std::map<std::pair<std::string, std::string>, ServiceFacts> facts_;
    std::map<std::string, std::set<std::string>> enabled_; // evidence by implementation
};

} // namespace agent
