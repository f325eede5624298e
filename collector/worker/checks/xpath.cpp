// xpath: an expression selects what breaks the rule.
#include "collector/worker/category.h"
#include "collector/worker/checks/check.h"

namespace collector {

namespace {

/// A node's path below the inventory.
std::string named(yang::Node node)
{
    constexpr std::string_view Inventory = "/femto-security:femto-security/inventory/";
    std::string path = node.path();
    return path.starts_with(Inventory) ? path.substr(Inventory.size()) : path.substr(1);
}

/// How much is known of what the expressions read: of that category of which least is.
Coverage covered(const XPath& xpath, const Subject& subject, const std::string& own)
{
    std::set<std::string> categories = xpath.categories;
    if (own != "collection") {
        categories.insert(own);
    }
    Coverage out { Coverage::Whole, "" };
    for (const std::string& category : categories) {
        const Coverage one = subject.coverage(category);
        if (one.extent < out.extent) {
            out = one;
        }
    }
    return out;
}

void evaluate(const XPath& xpath, const Subject& subject, Findings& findings)
{
    // What a vendor's module defines is a tree of its own, within anydata, where no path of
    // femto-security leads.
    const std::string& category = findings.rule().category;
    const auto inventory = subject.node().child("inventory");
    const auto extension
        = isExtension(category) && inventory ? containerIn(*inventory, category) : std::nullopt;
    if (isExtension(category) && !extension) {
        findings.unknown("", "the node has told nothing of " + category);
        return;
    }
    const yang::Node node = extension ? *extension : subject.node();
    if (!xpath.applies.empty() && !node.test(xpath.applies)) {
        findings.doesNotApply("not on this node: " + xpath.applies);
        return;
    }
    if (!xpath.unknown.empty() && node.test(xpath.unknown)) {
        findings.unknown("", "undecided: " + xpath.unknown);
        return;
    }
    findings.good();
    for (const yang::Node& one : node.select(xpath.violates)) {
        findings.violation(named(one), findings.rule().severity,
            one.isLeaf() ? one.name() + " " + one.local() : one.name(), "", evidence(one));
    }
}

} // namespace

void checkXPath(const Check& check, const Subject& subject, Findings& findings)
{
    const XPath& xpath = std::get<XPath>(check.kind);
    const Coverage coverage = covered(xpath, subject, findings.rule().category);
    if (coverage.extent != Coverage::Whole) {
        findings.unknown("", coverage.reason);
    }
    if (coverage.extent == Coverage::None) {
        return;
    }
    try { // boundary: an expression that libyang compiles may still not be computable over data
        evaluate(xpath, subject, findings);
    } catch (const yang::Error& e) {
        findings.unknown("", e.what());
    }
}

} // namespace collector
