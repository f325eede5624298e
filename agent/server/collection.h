// The collection configuration as values: /fs:femto-security/collection.
#pragma once

#include "common/clock.h"
#include "common/yang.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace agent {

struct CategorySettings {
    bool enabled = true;
    uint32_t samplingInterval = 30; // s
    bool periodic = false;
    bool onChange = true;
    uint32_t period = 3600; // s
    std::optional<wall::Time> anchor;
    uint32_t dampening = 50; // cs
    bool syncOnStart = true;
    uint32_t maxEntries = 20000;
    uint32_t staleAfter = 300; // s
    std::vector<std::string> include;
    std::vector<std::string> exclude;

    bool operator==(const CategorySettings&) const = default;
};

struct Collection {
    bool enabled = true;
    std::string nodeId; // empty if not set
    uint32_t heartbeatInterval = 60; // s
    uint32_t reportLogSize = 1000;
    std::map<std::string, CategorySettings> categories; // by identity, module in front
    std::string digest; // collection-config-digest
    std::string text; // RFC 7951 with defaults made explicit, for the prober

    /// Settings of a category that is collected now; null if it is not.
    const CategorySettings* active(const std::string& category) const;
};

/// `running` is the whole datastore, with or without femto-security.
Collection readCollection(const yang::Context& context, const yang::Tree& running);

/// Name without the module of the standard categories: "open-ports", but "vendor:fans".
std::string shortName(const std::string& category);
/// The identity of a short name.
std::string fullName(const std::string& category);

} // namespace agent
