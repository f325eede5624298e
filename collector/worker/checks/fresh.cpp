// fresh: what is known of the node is complete and current.
#include "collector/worker/checks/check.h"

namespace collector {

namespace {

void judgeHeartbeat(const Fresh& fresh, const Subject& subject, Findings& findings)
{
    const CollectionFacts& facts = subject.facts;
    if (!facts.heartbeatInterval) {
        findings.doesNotApply("only a collector knows when the node was heard");
        return;
    }
    if (facts.heartbeatInterval->count() == 0) {
        findings.doesNotApply("the node is told to send no heartbeat");
        return;
    }
    const auto limit = *facts.heartbeatInterval * fresh.intervals;
    const std::string expected = "heard within " + std::to_string(limit.count()) + " s";
    if (!facts.lastHeard) {
        findings.violation("", findings.rule().severity, "never heard", expected);
    } else if (subject.now - *facts.lastHeard > limit) {
        findings.violation("", findings.rule().severity,
            "last heard at " + wall::dateAndTime(*facts.lastHeard), expected);
    } else {
        findings.good();
    }
}

void judgeTexts(
    const std::optional<std::vector<std::string>>& texts, const char* expected, Findings& findings)
{
    if (!texts) {
        findings.doesNotApply("only a collector knows");
        return;
    }
    findings.good();
    for (const std::string& one : *texts) {
        findings.violation(one, findings.rule().severity, one, expected);
    }
}

void judgeCategories(const Fresh& fresh, const Subject& subject, Findings& findings)
{
    for (const std::string& category : fresh.categories) {
        const Coverage coverage = subject.coverage(category);
        if (coverage.extent == Coverage::None) {
            findings.unknown(category, coverage.reason, "", "collected");
            continue;
        }
        const auto status = subject.status(category);
        const auto at = status ? wall::parse(status->valueOr("collected-at", "")) : std::nullopt;
        const auto limit = std::chrono::seconds(fresh.maxAge.value_or(0));
        if (fresh.maxAge && (!at || subject.now - *at > limit)) {
            findings.unknown(category,
                at ? "collected at " + wall::dateAndTime(*at)
                   : "it is not known when it was collected",
                "", "collected within " + std::to_string(limit.count()) + " s");
            continue;
        }
        findings.good();
    }
}

} // namespace

void checkFresh(const Check& check, const Subject& subject, Findings& findings)
{
    const Fresh& fresh = std::get<Fresh>(check.kind);
    switch (fresh.aspect) {
    case Fresh::Aspect::Heartbeat:
        return judgeHeartbeat(fresh, subject, findings);
    case Fresh::Aspect::Reports:
        return judgeTexts(subject.facts.lost, "no report is lost for good", findings);
    case Fresh::Aspect::Configuration:
        return judgeTexts(
            subject.facts.weakened, "the collection is as the operator configured it", findings);
    case Fresh::Aspect::Categories:
        return judgeCategories(fresh, subject, findings);
    }
}

} // namespace collector
