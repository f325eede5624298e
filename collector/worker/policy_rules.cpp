#include "collector/worker/category.h"
#include "collector/worker/policy_reading.h"
#include "common/text.h"
#include "common/xpath_tokens.h"

#include <algorithm>

namespace collector {

namespace {

constexpr std::array<std::string_view, 5> SeverityNames
    = { "info", "warning", "minor", "major", "critical" };

std::vector<Case> readCases(yang::Node check, const char* list)
{
    std::vector<Case> out;
    for (const yang::Node& node : check.children(list)) {
        Case one;
        one.name = node.valueOr("name", "");
        if (const auto said = node.value("severity")) {
            one.severity = severity(*said);
        }
        one.when = readConditions(node, "when");
        out.push_back(std::move(one));
    }
    return out;
}

/// Where a check that does not say it finds its objects.
std::string_view impliedSelection(const Kind& kind)
{
    if (const auto* allow = std::get_if<AllowOnly>(&kind)) {
        return objectsOf(allow->list);
    }
    if (std::holds_alternative<MatchesReference>(kind)) {
        return "software-integrity/component";
    }
    if (const auto* need = std::get_if<Require>(&kind); need && need->listedPrograms) {
        return objectsOf(List::Programs);
    }
    return "";
}

Check readCheck(yang::Node node, const std::string& rule, const yang::Context& context)
{
    Check out;
    out.name = node.valueOr("name", "");
    const std::string where = "rule " + rule + ", check " + out.name + ": ";
    out.kind = readKind(node, rule);
    const std::string_view implied = impliedSelection(out.kind);
    const std::string select = node.valueOr("select", implied);
    if (!implied.empty() && select != implied) {
        throw PolicyError(
            where + "select is \"" + select + "\", but the objects are of " + std::string(implied));
    }
    const bool selects
        = !std::holds_alternative<Fresh>(out.kind) && !std::holds_alternative<XPath>(out.kind);
    if (selects == select.empty()) {
        throw PolicyError(where + (selects ? "select is missing" : "it selects by other means"));
    }
    if (selects) {
        const size_t slash = select.find('/');
        out.category = select.substr(0, slash);
        const std::string path
            = containerPath(out.category) + (slash == select.npos ? "" : select.substr(slash));
        const std::string kind = context.kindOf(path);
        out.list = slash == std::string::npos ? "" : select.substr(slash + 1);
        if (out.list.find('/') != std::string::npos
            || kind != (out.list.empty() ? "container" : "list")) {
            throw PolicyError(where + "select names no category or list: \"" + select + "\"");
        }
        out.object = node.values("object");
        if (out.object.empty()) {
            out.object = context.keysOf(path);
        }
    }
    out.where = readConditions(node, "where");
    out.except = readCases(node, "except");
    out.grades = readCases(node, "grade");
    return out;
}

std::string categoryOf(yang::Node rule)
{
    const auto node = rule.child("category");
    return node ? shortCategory(node->value()) : "";
}

/// Every leaf that a check names, so that a misspelt one is not "missing" for ever.
std::vector<std::string> leavesOf(const Check& check)
{
    std::vector<std::string> out = check.object;
    const auto add = [&](const Conditions& conditions) {
        for (const Condition& one : conditions) {
            out.push_back(one.leaf);
        }
    };
    add(check.where);
    for (const std::vector<Case>* cases : { &check.except, &check.grades }) {
        for (const Case& one : *cases) {
            add(one.when);
        }
    }
    if (const auto* limit = std::get_if<Limit>(&check.kind)) {
        for (const Limit::Bound& bound : limit->bounds) {
            out.push_back(bound.test.leaf);
        }
    } else if (const auto* forbid = std::get_if<Forbid>(&check.kind)) {
        for (const Case& one : forbid->cases) {
            add(one.when);
        }
        if (forbid->duplicate) {
            out.push_back(forbid->duplicate->leaf);
        }
    } else if (const auto* require = std::get_if<Require>(&check.kind)) {
        add(require->when);
        if (!require->distinct.empty()) {
            out.push_back(require->distinct);
        }
    }
    return out;
}

void mustExist(const Check& check, const std::string& where, const yang::Context& context)
{
    const std::string below = check.list.empty() ? "" : "/" + check.list;
    const std::string path = containerPath(check.category) + below;
    for (const std::string& leaf : leavesOf(check)) {
        const std::string kind = context.kindOf(path + "/" + leaf);
        if (kind != "leaf" && kind != "leaf-list") {
            throw PolicyError(where + check.category + below + " has no leaf \"" + leaf + "\"");
        }
    }
    const auto* limit = std::get_if<Limit>(&check.kind);
    if (limit && !limit->within.empty() && context.kindOf(path + "/" + limit->within) != "list") {
        throw PolicyError(where + "there is no list \"" + limit->within + "\" within");
    }
}

void mustBeXPath(const XPath& xpath, const std::string& category, const std::string& where,
    const yang::Context& context)
{
    const std::string from
        = isExtension(category) ? containerPath(category) : "/femto-security:femto-security";
    for (const std::string* one : { &xpath.violates, &xpath.applies, &xpath.unknown }) {
        if (one->empty()) {
            continue;
        }
        if (::xpath::hasModulo(*one)) { // data of a node might end this process
            throw PolicyError(where + "mod cannot be used in an XPath: " + *one);
        }
        try {
            const size_t selected = context.checkXPath(from, *one);
            if (one == &xpath.violates && selected == 0) {
                throw PolicyError(where + "no node has what the XPath selects: " + *one);
            }
        } catch (const yang::Error& e) {
            throw PolicyError(where + e.what());
        }
    }
}

} // namespace

std::string_view name(Severity severity)
{
    return SeverityNames[static_cast<size_t>(severity)];
}

Severity severity(std::string_view name)
{
    const auto found = std::ranges::find(SeverityNames, name);
    if (found == SeverityNames.end()) {
        throw std::invalid_argument("no severity " + text::quoted(name));
    }
    return static_cast<Severity>(found - SeverityNames.begin());
}

std::set<std::string> Rule::reads() const
{
    std::set<std::string> out { category };
    for (const Check& check : checks) {
        if (!check.category.empty()) {
            out.insert(check.category);
        }
        if (const auto* xpath = std::get_if<XPath>(&check.kind)) {
            out.insert(xpath->categories.begin(), xpath->categories.end());
        }
    }
    return out;
}

void addRules(std::vector<Rule>& rules, yang::Node profile, const yang::Context& context)
{
    for (const yang::Node& node : profile.children("rule")) {
        const std::string id = node.valueOr("id", "");
        auto at = std::ranges::lower_bound(rules, id, {}, &Rule::id);
        if (at == rules.end() || at->id != id) {
            at = rules.insert(at, Rule());
            at->id = id;
        }
        if (const std::string said = categoryOf(node); !said.empty()) {
            at->category = said;
        }
        at->enabled = node.valueOr("enabled", at->enabled ? "true" : "false") == "true";
        at->severity = severity(node.valueOr("severity", name(at->severity)));
        at->title = node.valueOr("title", at->title);
        at->reference = node.valueOr("reference", at->reference);
        at->remediation = node.valueOr("remediation", at->remediation);
        for (const yang::Node& each : node.children("check")) {
            const std::string called = each.valueOr("name", "");
            const auto there = std::ranges::find(at->checks, called, &Check::name);
            if (!each.flag("enabled")) {
                if (there == at->checks.end()) {
                    throw PolicyError(
                        "rule " + id + ": there is no check \"" + called + "\" to drop");
                }
                at->checks.erase(there);
                continue;
            }
            Check check = readCheck(each, id, context);
            if (there == at->checks.end()) {
                at->checks.push_back(std::move(check));
            } else {
                *there = std::move(check);
            }
        }
    }
}

void mustBeJudgeable(const Rule& rule, const yang::Context& context)
{
    if (rule.category.empty()) {
        throw PolicyError("rule " + rule.id + ": category is missing");
    }
    if (rule.enabled && rule.checks.empty()) {
        throw PolicyError("rule " + rule.id + ": it has no check");
    }
    for (const Check& check : rule.checks) {
        const std::string where = "rule " + rule.id + ", check " + check.name + ": ";
        if (!check.category.empty()) {
            mustExist(check, where, context);
        }
        if (const auto* xpath = std::get_if<XPath>(&check.kind)) {
            mustBeXPath(*xpath, rule.category, where, context);
        }
    }
}

} // namespace collector
