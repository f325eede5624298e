// The status of a category, as it stands in /fs:femto-security/status and in reports.
#pragma once

#include "common/yang.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace agent {

struct CategorySummary {
    struct Source {
        std::string name;
        std::optional<std::string> ok;
        std::optional<std::string> error;
    };

    std::string type; // identity, module in front
    std::string status; // identity, module in front
    std::vector<std::string> reasons;
    std::optional<std::string> detail;
    std::optional<std::string> collectedAt;
    std::optional<std::string> changedAt;
    uint64_t generation = 0; // 0: there has been no content yet
    std::optional<std::string> digest;
    std::optional<std::string> entryCount;
    std::optional<std::string> confidence;
    std::optional<std::string> missedEvents;
    std::vector<Source> sources;

    /// What a prober says of a category. Throws yang::Error for what only we may say.
    static CategorySummary read(yang::Node row);
    /// Appends its row to the list category of a status or a notification.
    void write(yang::Node parent) const;
    /// Writes all but the key into a row.
    void fill(yang::Node row) const;

    /// Whether the content may be used: then the lack of it would be another fact.
    bool usable() const;
};

/// "femto-security-types:collected" of "collected".
std::string statusName(const std::string& name);

} // namespace agent
