#include "agent/prober/services/inventory.h"

#include "common/text.h"

namespace agent {

namespace {

void leaves(yang::Node node, const char* name, const std::set<std::string>& values)
{
    for (const std::string& value : values) {
        node.leaf(name, text::carried(value));
    }
}

} // namespace

void ServiceInventory::write(const Reading& reading, bool activitySeen) const
{
    std::set<std::pair<std::string, std::string>> written;
    for (const auto& [key, facts] : facts_) {
        const std::string implementation = text::carried(key.second).substr(0, 255);
        if (!written.insert({ key.first, implementation }).second) {
            continue;
        }
        const yang::Node node
            = reading.out.entry("service", { "femto-security-types:" + key.first, implementation });
        node.leaf("installed", facts.installed);
        const auto enabled = enabled_.find(key.second);
        std::set<std::string> evidence = facts.evidence;
        if (enabled != enabled_.end()) {
            evidence.insert(enabled->second.begin(), enabled->second.end());
        }
        node.leaf("enabled-at-boot", facts.enabled || enabled != enabled_.end());
        if (activitySeen || facts.active) {
            node.leaf("active", facts.active);
        }
        node.leaf("socket-activated", facts.socketActivated);
        leaves(node, "endpoint", facts.endpoints);
        if (!facts.version.empty()) {
            node.leaf("version", text::carried(facts.version));
        }
        leaves(node, "weak-algorithm", facts.weakAlgorithms);
        node.leaf("confidence",
            facts.byPortOnly   ? "inferred"
                : facts.active ? "effective"
                               : "declared");
        leaves(node, "evidence", evidence);
    }
}

} // namespace agent
