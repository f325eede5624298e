#include "collector/worker/judge.h"

#include "collector/worker/checks/check.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace collector {

void to_json(nlohmann::json& json, const Result& result)
{
    json = { { "rule", result.rule }, { "category", result.category },
        { "verdict", result.verdict }, { "severity", result.severity }, { "object", result.object },
        { "observed", result.observed }, { "expected", result.expected },
        { "evidence", result.evidence }, { "remediation", result.remediation } };
    if (!result.reason.empty()) {
        json["reason"] = result.reason;
    }
    if (!result.waivedUntil.empty()) {
        json["waived-until"] = result.waivedUntil;
        json["waiver"] = result.waiver;
    }
}

void from_json(const nlohmann::json& json, Result& result)
{
    json.at("rule").get_to(result.rule);
    json.at("category").get_to(result.category);
    json.at("verdict").get_to(result.verdict);
    json.at("severity").get_to(result.severity);
    json.at("object").get_to(result.object);
    json.at("observed").get_to(result.observed);
    json.at("expected").get_to(result.expected);
    json.at("evidence").get_to(result.evidence);
    json.at("remediation").get_to(result.remediation);
    result.reason = json.value("reason", "");
    result.waivedUntil = json.value("waived-until", "");
    result.waiver = json.value("waiver", "");
}

std::vector<Result> judge(const Policy& policy, std::string_view profile, yang::Node node,
    const CollectionFacts& facts, wall::Time now, const std::set<std::string>* only)
{
    const Profile& by = policy.profile(profile);
    const Subject subject(by, node, facts, now);
    std::vector<Result> out;
    for (const Rule& rule : by.rules) {
        if (!rule.enabled || (only && !only->contains(rule.category))) {
            continue;
        }
        Findings findings(rule);
        for (const Check& check : rule.checks) {
            run(check, subject, findings);
        }
        for (Result& result : findings.results()) {
            if (result.verdict == "violation") {
                if (const Waiver* waiver = policy.waiver(rule.id, facts.node, result.object, now)) {
                    result.waivedUntil = wall::dateAndTime(waiver->until);
                    result.waiver = waiver->name + ": " + waiver->reason;
                }
            }
            out.push_back(std::move(result));
        }
    }
    std::ranges::stable_sort(out, {}, &Result::category);
    return out;
}

std::string nodeVerdict(const std::vector<Result>& results)
{
    const auto any = [&](std::string_view verdict) {
        return std::ranges::any_of(results,
            [&](const Result& one) { return one.verdict == verdict && one.waivedUntil.empty(); });
    };
    for (const char* verdict : { "violation", "indeterminate", "compliant" }) {
        if (any(verdict)) {
            return verdict;
        }
    }
    return results.empty()
            || std::ranges::none_of(
                results, [](const Result& one) { return !one.waivedUntil.empty(); })
        ? "not-applicable"
        : "compliant";
}

} // namespace collector
