// require: something is there.
#include "collector/worker/checks/check.h"

namespace collector {

namespace {

std::string wanted(const Require& require)
{
    std::vector<std::string> parts;
    for (const Condition& one : require.when) {
        parts.push_back(one.leaf + " " + expectation(one));
    }
    return "at least " + std::to_string(require.atLeast)
        + (require.distinct.empty() ? "" : " different " + require.distinct)
        + (parts.empty() ? "" : " with " + joined(parts));
}

void judgeCount(const Check& check, const Require& require, const Subject& subject,
    const std::vector<Object>& all, Findings& findings)
{
    std::set<std::string> certain;
    std::set<std::string> possible;
    std::string doubt;
    for (const Object& object : all) {
        const Truth met = allHold(require.when, object.node);
        if (met == Truth::No) {
            continue;
        }
        const auto key = require.distinct.empty() ? std::optional(objectName(check, object.node))
                                                  : object.node.value(require.distinct);
        if (met == Truth::Yes && object.doubt.empty() && key) {
            certain.insert(*key);
        } else if (doubt.empty()) {
            doubt = objectName(check, object.node) + ": "
                + (object.doubt.empty() ? "not all that counts is known of it" : object.doubt);
        }
        possible.insert(key.value_or(objectName(check, object.node)));
    }
    if (certain.size() >= require.atLeast) {
        findings.good();
        return;
    }
    const std::string observed = certain.empty()
        ? "none"
        : std::to_string(certain.size()) + ": " + joined({ certain.begin(), certain.end() });
    const Coverage coverage = subject.coverage(check.category);
    if (coverage.extent == Coverage::Part) {
        findings.unknown(require.object, coverage.reason, observed, wanted(require));
    } else if (possible.size() >= require.atLeast) {
        findings.unknown(require.object, doubt, observed, wanted(require));
    } else {
        findings.violation(require.object, findings.rule().severity, observed, wanted(require));
    }
}

bool runs(const PermittedProgram& program, const std::vector<Object>& all)
{
    for (const Object& object : all) {
        const std::string executable = object.node.valueOr("executable", "");
        const std::string user = object.node.valueOr("user", "");
        if ((program.user == "*" || program.user == user)
            && (program.pattern ? globMatches(program.executable, executable)
                                : program.executable == executable)) {
            return true;
        }
    }
    return false;
}

void judgePrograms(
    const Check& check, const Subject& subject, const std::vector<Object>& all, Findings& findings)
{
    const Permitted& permitted = subject.profile.permitted;
    if (!given(List::Programs, permitted)) {
        findings.unknown("", "no list: the policy names no programs");
        return;
    }
    std::vector<const PermittedProgram*> required;
    for (const auto& [executable, entries] : permitted.programs) {
        for (const PermittedProgram& one : entries) {
            required.push_back(&one);
        }
    }
    for (const PermittedProgram& one : permitted.programPatterns) {
        required.push_back(&one);
    }
    std::erase_if(required, [](const PermittedProgram* one) { return !one->required; });
    const Coverage coverage = subject.coverage(check.category);
    for (const PermittedProgram* one : required) {
        const std::string name = one->executable + " " + one->user;
        if (runs(*one, all)) {
            findings.good();
        } else if (coverage.extent == Coverage::Part) {
            findings.unknown(name, coverage.reason, "not seen", "it runs");
        } else {
            findings.violation(name, findings.rule().severity, "it does not run", "it runs");
        }
    }
    if (required.empty()) {
        findings.doesNotApply("the policy marks no program as required");
    }
}

} // namespace

void checkRequire(const Check& check, const Subject& subject, Findings& findings)
{
    const Require& require = std::get<Require>(check.kind);
    const auto all = objects(check, subject, findings, false);
    if (!all) {
        return;
    }
    if (require.listedPrograms) {
        judgePrograms(check, subject, *all, findings);
    } else {
        judgeCount(check, require, subject, *all, findings);
    }
}

} // namespace collector
