// Judges what is known of a node by a profile of the policy.
#pragma once

#include "collector/worker/policy.h"

#include <chrono>
#include <nlohmann/json_fwd.hpp>

namespace collector {

/// Verdict of one rule, on one object where it is not compliant.
struct Result {
    std::string rule;
    std::string category;
    std::string verdict; // compliant, violation, indeterminate, not-applicable
    std::string
        severity; // of a violation, or of what cannot be excluded; "info" with a shown value
    std::string object; // empty: the rule as a whole
    std::string observed;
    std::string expected;
    std::vector<std::string> evidence;
    std::string remediation;
    std::string reason; // why it is indeterminate or not applicable
    std::string waivedUntil; // a violation that a waiver covers: when that ends
    std::string waiver; // and its name and reason

    friend bool operator==(const Result&, const Result&) = default;
};
void to_json(nlohmann::json& json, const Result& result);
void from_json(const nlohmann::json& json, Result& result);

/// What only a collector knows. What is not set cannot be judged and is not applicable.
struct CollectionFacts {
    std::string node; // for its waivers
    std::optional<wall::Time> lastHeard; // by the collector's clock
    std::optional<std::chrono::seconds> heartbeatInterval; // 0: none are sent
    /// What was lost for good, one text for each gap, that stays the same as long as the gap does.
    std::optional<std::vector<std::string>> lost;
    /// What others than the collector weakened and is still so, one text each.
    std::optional<std::vector<std::string>> weakened;
};

/// Verdicts of the rules of `profile`, by category, rule and object; with `only`, of rules of these
/// categories ("collection" is one of them). `node` is /femto-security:femto-security with status
/// and inventory. Throws PolicyError if there is no such profile.
std::vector<Result> judge(const Policy& policy, std::string_view profile, yang::Node node,
    const CollectionFacts& facts, wall::Time now, const std::set<std::string>* only = nullptr);

/// The worst: "violation", else "indeterminate", else "compliant"; "not-applicable" if nothing
/// applies. A waived violation does not count.
std::string nodeVerdict(const std::vector<Result>& results);

} // namespace collector
