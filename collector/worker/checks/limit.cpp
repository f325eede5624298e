// limit: leaves of each object keep within bounds.
#include "collector/worker/checks/check.h"

#include <algorithm>

namespace collector {

namespace {

/// What is demanded of a leaf: all its bounds, the most severe first.
std::string demanded(const Limit& limit, const std::string& leaf)
{
    std::vector<const Limit::Bound*> bounds;
    for (const Limit::Bound& bound : limit.bounds) {
        if (bound.test.leaf == leaf) {
            bounds.push_back(&bound);
        }
    }
    std::ranges::stable_sort(bounds, std::ranges::greater(), &Limit::Bound::severity);
    std::vector<std::string> texts;
    for (const Limit::Bound* bound : bounds) {
        std::string text = expectation(bound->test);
        if (bounds.size() > 1) {
            text += " (else " + std::string(name(bound->severity)) + ")";
        }
        texts.push_back(std::move(text));
    }
    return leaf + " " + joined(texts);
}

struct Broken {
    Truth kept = Truth::Yes;
    Severity severity = Severity::Info;
    std::string observed;
    std::vector<std::string> evidence;
};

/// One leaf of an entry, and of the entries of `within` that have it, by all its bounds.
Broken look(const Limit& limit, const std::string& leaf, yang::Node entry)
{
    Broken out;
    const auto judge = [&](yang::Node at, const std::string& where) {
        for (const Limit::Bound& bound : limit.bounds) {
            if (bound.test.leaf != leaf) {
                continue;
            }
            const Truth kept = holds(bound.test, at);
            if (kept == Truth::Yes || (kept == Truth::Unknown && out.kept == Truth::No)) {
                continue;
            }
            if (kept == Truth::No && out.kept != Truth::No) {
                out = Broken(); // certain now
            }
            if (kept == Truth::No || out.observed.empty()) {
                const std::string observed = observation(leaf, at) + where;
                if (out.observed.find(observed) == std::string::npos) {
                    out.observed += (out.observed.empty() ? "" : ", ") + observed;
                    const std::vector<std::string> more = evidence(at);
                    out.evidence.insert(out.evidence.end(), more.begin(), more.end());
                }
                out.severity = std::max(out.severity, bound.severity);
            }
            out.kept = kept;
        }
    };
    judge(entry, "");
    if (!limit.within.empty()) {
        for (const yang::Node& inner : entry.children(limit.within)) {
            if (inner.child(leaf)) {
                const std::vector<yang::Node> leaves = inner.children(); // the key comes first
                judge(inner, " under " + leaves.front().value());
            }
        }
    }
    return out;
}

} // namespace

void checkLimit(const Check& check, const Subject& subject, Findings& findings)
{
    const Limit& limit = std::get<Limit>(check.kind);
    const auto all = objects(check, subject, findings);
    if (!all) {
        return;
    }
    std::vector<std::string> leaves;
    for (const Limit::Bound& bound : limit.bounds) {
        if (std::ranges::find(leaves, bound.test.leaf) == leaves.end()) {
            leaves.push_back(bound.test.leaf);
        }
    }
    for (const Object& object : *all) {
        for (const std::string& leaf : leaves) {
            const Broken broken = look(limit, leaf, object.node);
            const std::string name = objectName(check, object.node);
            if (broken.kept == Truth::Yes) {
                findings.good();
            } else if (broken.kept == Truth::Unknown
                && severityOf(check, object.node, broken.severity) != Severity::Info) {
                findings.unknown(name, broken.observed, broken.observed, demanded(limit, leaf));
            } else if (!object.doubt.empty()) {
                findings.unknown(name, object.doubt, broken.observed, demanded(limit, leaf));
            } else {
                findings.violation(name, severityOf(check, object.node, broken.severity),
                    broken.observed, demanded(limit, leaf), broken.evidence);
            }
        }
    }
    if (all->empty()) {
        findings.doesNotApply("no " + check.category + "/" + check.list + " that it applies to");
    }
}

} // namespace collector
