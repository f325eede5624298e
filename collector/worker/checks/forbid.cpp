// forbid: no object is like one of the cases, and no two have the same value.
#include "collector/worker/checks/check.h"

#include <algorithm>
#include <unordered_map>

namespace collector {

namespace {

/// What of an entry the conditions of a case were about, with its name if that says more.
std::string seen(const Case& forbidden, yang::Node entry)
{
    std::vector<std::string> parts;
    bool named = false;
    for (const Condition& one : forbidden.when) {
        parts.push_back(observation(one.leaf, entry));
        named = named || one.leaf == forbidden.name;
    }
    return named ? joined(parts) : forbidden.name + ": " + joined(parts);
}

void judgeCases(const Check& check, const Forbid& forbid, const Subject& subject,
    const std::vector<Object>& all, Findings& findings)
{
    const Permitted& permitted = subject.profile.permitted;
    for (const Object& object : all) {
        if (forbid.unlessListed && given(*forbid.unlessListed, permitted)
            && permission(*forbid.unlessListed, permitted, object.node).permitted == Truth::Yes) {
            continue;
        }
        for (const Case& one : forbid.cases) {
            const Truth met = allHold(one.when, object.node);
            const Severity severity = one.severity.value_or(findings.rule().severity);
            if (met == Truth::Yes) {
                report(check, object, findings, severity, seen(one, object.node), "");
            } else if (met == Truth::Unknown && severity != Severity::Info) {
                findings.unknown(objectName(check, object.node), seen(one, object.node));
            }
        }
    }
}

/// Which of several with the same value comes first: the rightful one.
bool before(const Check& check, const Forbid::Duplicate& twice, const Permitted& permitted,
    yang::Node a, yang::Node b)
{
    const auto rank = [&](yang::Node node) {
        const std::string name = objectName(check, node);
        size_t place = SIZE_MAX;
        if (twice.rightful.contains(name)) {
            place = 0;
        } else if (twice.list == List::Users) {
            const auto found = permitted.users.find(name);
            place = found == permitted.users.end() ? SIZE_MAX : found->second.place + 1;
        } else if (twice.list && given(*twice.list, permitted)
            && permission(*twice.list, permitted, node).permitted == Truth::Yes) {
            place = 1;
        }
        return std::pair(place, name);
    };
    return rank(a) < rank(b);
}

void judgeDuplicates(const Check& check, const Forbid::Duplicate& twice, const Subject& subject,
    const std::vector<Object>& all, Findings& findings)
{
    std::unordered_map<std::string, std::vector<const Object*>> byValue;
    for (const Object& object : all) {
        if (const auto value = object.node.value(twice.leaf)) {
            byValue[*value].push_back(&object);
        } else {
            findings.unknown(objectName(check, object.node), observation(twice.leaf, object.node));
        }
    }
    const Permitted& permitted = subject.profile.permitted;
    for (auto& [value, same] : byValue) {
        if (same.size() < 2) {
            continue;
        }
        std::ranges::sort(same, [&](const Object* a, const Object* b) {
            return before(check, twice, permitted, a->node, b->node);
        });
        const std::string first = objectName(check, same.front()->node);
        for (size_t i = 1; i < same.size(); ++i) {
            report(check, *same[i], findings, findings.rule().severity,
                twice.leaf + " " + value + ", as " + first, "a " + twice.leaf + " of its own");
        }
    }
}

} // namespace

void checkForbid(const Check& check, const Subject& subject, Findings& findings)
{
    const Forbid& forbid = std::get<Forbid>(check.kind);
    const auto all = objects(check, subject, findings);
    if (!all) {
        return;
    }
    findings.good();
    judgeCases(check, forbid, subject, *all, findings);
    if (forbid.duplicate) {
        judgeDuplicates(check, *forbid.duplicate, subject, *all, findings);
    }
}

} // namespace collector
