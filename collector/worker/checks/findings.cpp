// What the checks of a rule found, as results.
#include "collector/worker/checks/check.h"

#include <algorithm>

namespace collector {

namespace {

constexpr size_t MostEvidence = 16;

void addNew(std::vector<std::string>& among, const std::string& one)
{
    if (!one.empty() && std::ranges::find(among, one) == among.end()) {
        among.push_back(one);
    }
}

} // namespace

void Findings::violation(const std::string& object, Severity severity, const std::string& observed,
    const std::string& expected, const std::vector<std::string>& evidence)
{
    if (severity == Severity::Info) {
        good_ = true;
        addNew(shown_, object.empty() ? observed : object + ": " + observed);
        return;
    }
    Found& found = objects_[object];
    if (!found.violation) {
        found = Found(); // that something else is unknown matters no more
        found.violation = true;
    }
    found.severity = std::max(found.severity, severity);
    addNew(found.observed, observed);
    addNew(found.expected, expected);
    for (const std::string& one : evidence) {
        if (found.evidence.size() < MostEvidence) {
            addNew(found.evidence, one);
        }
    }
}

void Findings::unknown(const std::string& object, const std::string& reason,
    const std::string& observed, const std::string& expected)
{
    Found& found = objects_[object];
    if (found.violation) {
        return;
    }
    addNew(found.reasons, reason);
    addNew(found.observed, observed);
    addNew(found.expected, expected);
}

void Findings::doesNotApply(const std::string& reason)
{
    addNew(notApplicable_, reason);
}

Result Findings::result(const char* verdict) const
{
    Result out;
    out.rule = rule_.id;
    out.category = rule_.category;
    out.verdict = verdict;
    out.expected = rule_.title;
    return out;
}

std::vector<Result> Findings::results() const
{
    std::vector<Result> out;
    for (const auto& [object, found] : objects_) {
        Result one = result(found.violation ? "violation" : "indeterminate");
        one.severity = name(found.violation ? found.severity : rule_.severity);
        one.object = object;
        one.observed = joined(found.observed, "; ");
        if (!found.expected.empty()) {
            one.expected = joined(found.expected, "; ");
        }
        one.evidence = found.evidence;
        if (found.violation) {
            one.remediation = rule_.remediation;
        } else {
            one.reason = joined(found.reasons, "; ");
        }
        out.push_back(std::move(one));
    }
    if (out.empty()) {
        Result one = result(good_ ? "compliant" : "not-applicable");
        if (!shown_.empty()) {
            one.severity = name(Severity::Info);
            one.observed = joined(shown_, "; ");
        }
        if (!good_) {
            one.reason = notApplicable_.empty() ? "there is nothing to look at"
                                                : joined(notApplicable_, "; ");
        }
        out.push_back(std::move(one));
    }
    return out;
}

} // namespace collector
