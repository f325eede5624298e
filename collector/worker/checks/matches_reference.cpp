// matches-reference: software is as a manifest that is valid now says.
#include "collector/worker/checks/check.h"

#include <unordered_set>

namespace collector {

namespace {

using Manifests = std::vector<const Manifest*>;

/// How a component differs from one manifest's.
struct Difference {
    std::vector<std::string> observed;
    std::vector<std::string> expected;
    std::vector<std::string> unknown;
    bool content = false; // more than mode, owner or capabilities
};

std::string inWords(const std::set<std::string>& words)
{
    return words.empty() ? "none" : joined({ words.begin(), words.end() });
}

void compareHash(const std::set<std::string>& wanted, yang::Node component, Difference& out)
{
    const auto measured = component.value("measured-hash");
    if (!measured) {
        out.unknown.push_back("no digest: " + component.valueOr("state", "it was not measured"));
    } else if (measured->size() != wanted.begin()->size()) {
        out.unknown.push_back("its digest is of another algorithm than the manifest's");
    } else if (!wanted.contains(*measured)) {
        out.observed.push_back("digest " + *measured);
        out.expected.push_back("digest " + joined({ wanted.begin(), wanted.end() }, " or "));
        out.content = true;
    }
}

Difference compare(const ManifestComponent& wanted, yang::Node component)
{
    Difference out;
    const auto leaf = [&](const std::optional<std::string>& want, const char* name, bool content) {
        if (!want) {
            return;
        }
        const auto there = component.child(name);
        if (!there) {
            out.unknown.push_back(std::string(name) + " is not known");
        } else if (there->local() != *want) {
            out.observed.push_back(std::string(name) + " " + there->local());
            out.expected.push_back(std::string(name) + " " + *want);
            out.content = out.content || content;
        }
    };
    leaf(wanted.kind, "kind", true);
    if (out.content) {
        return out; // what else a link lacks that a file has is no news
    }
    leaf(wanted.linkTarget, "link-target", true);
    leaf(wanted.version, "version", true);
    leaf(wanted.mode, "mode", false);
    leaf(wanted.owner, "owner", false);
    if (!wanted.hashes.empty()) {
        compareHash(wanted.hashes, component, out);
    }
    const std::vector<std::string> has = component.values("capability");
    if (const std::set<std::string> all(has.begin(), has.end()); all != wanted.capabilities) {
        out.observed.push_back("capability " + inWords(all));
        out.expected.push_back("capability " + inWords(wanted.capabilities));
    }
    return out;
}

void judgeModified(const Check& check, const Manifests& manifests,
    const std::vector<Object>& components, Findings& findings)
{
    const auto& reference = std::get<MatchesReference>(check.kind);
    size_t pending = 0;
    for (const Object& object : components) {
        const std::string name = object.node.valueOr("name", "");
        std::optional<Difference> least;
        for (const Manifest* manifest : manifests) {
            const auto wanted = manifest->components.find(name);
            if (wanted == manifest->components.end()) {
                continue;
            }
            Difference one = compare(wanted->second, object.node);
            const auto weight = [](const Difference& it) {
                return std::pair(it.observed.size(), it.unknown.size());
            };
            if (!least || weight(one) < weight(*least)) {
                least = std::move(one);
            }
        }
        if (!least) {
            continue; // no manifest has it: that is for the aspect "unexpected"
        }
        if (!least->observed.empty()) {
            const Severity severity = least->content
                ? findings.rule().severity
                : reference.metadata.value_or(findings.rule().severity);
            report(check, object, findings, severity, joined(least->observed),
                joined(least->expected));
        } else if (object.node.value("state") == "pending") {
            ++pending;
        } else if (!least->unknown.empty()) {
            findings.unknown(objectName(check, object.node), joined(least->unknown));
        }
    }
    if (pending > 0) {
        findings.unknown("", std::to_string(pending) + " components are not measured yet");
    }
}

void judgeMissing(const Manifests& manifests, const Subject& subject, const Check& check,
    const std::vector<Object>& components, Findings& findings)
{
    std::unordered_set<std::string> there;
    for (const Object& object : components) {
        there.insert(object.node.valueOr("name", ""));
    }
    const Coverage coverage = subject.coverage(check.category);
    for (const auto& [name, wanted] : manifests.front()->components) {
        bool needed = !wanted.optional && !there.contains(name);
        for (size_t i = 1; needed && i < manifests.size(); ++i) {
            const auto other = manifests[i]->components.find(name);
            needed = other != manifests[i]->components.end() && !other->second.optional;
        }
        if (!needed) {
            continue;
        }
        if (coverage.extent == Coverage::Whole) {
            findings.violation(name, findings.rule().severity, "it is not there",
                "in manifest " + manifests.front()->release);
        } else {
            findings.unknown(name, coverage.reason, "not seen");
        }
    }
}

void judgeUnexpected(const Check& check, const Manifests& manifests,
    const std::vector<Object>& components, Findings& findings)
{
    for (const Object& object : components) {
        const std::string name = object.node.valueOr("name", "");
        bool known = false;
        for (const Manifest* manifest : manifests) {
            known = known || manifest->components.contains(name);
        }
        if (!known) {
            const auto kind = object.node.child("kind");
            report(check, object, findings, findings.rule().severity,
                kind ? kind->local() + " in no manifest" : "in no manifest",
                "only what is in a manifest");
        }
    }
}

} // namespace

void checkReference(const Check& check, const Subject& subject, Findings& findings)
{
    Manifests manifests;
    for (const Manifest& one : subject.profile.manifests) {
        if (!one.components.empty() && one.valid(subject.now)) {
            manifests.push_back(&one);
        }
    }
    if (manifests.empty()) {
        findings.unknown("",
            subject.profile.manifests.empty() ? "no list: the policy has no manifest"
                                              : "no list: no manifest is valid now");
        return;
    }
    const auto all = objects(check, subject, findings);
    if (!all) {
        return;
    }
    findings.good();
    switch (std::get<MatchesReference>(check.kind).aspect) {
    case MatchesReference::Aspect::Modified:
        return judgeModified(check, manifests, *all, findings);
    case MatchesReference::Aspect::Missing:
        return judgeMissing(manifests, subject, check, *all, findings);
    case MatchesReference::Aspect::Unexpected:
        return judgeUnexpected(check, manifests, *all, findings);
    }
}

} // namespace collector
