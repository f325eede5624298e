// What is known of a node, and the objects of a check in it.
#include "collector/worker/category.h"
#include "collector/worker/checks/check.h"

#include <algorithm>

namespace collector {

namespace {

std::string portName(yang::Node port)
{
    const auto protocol = port.child("protocol");
    const std::string address = port.valueOr("local-address", "");
    const bool colon = address.find(':') != std::string::npos;
    std::string out = (protocol ? protocol->local() : "") + " " + (colon ? "[" : "") + address
        + (colon ? "]" : "") + ":" + port.valueOr("local-port", "");
    if (const std::string space = port.valueOr("network-namespace", "host"); space != "host") {
        out += " in " + space;
    }
    return out;
}

/// Of the conditions that cannot be decided the leaf of the first.
std::string doubtful(const Conditions& conditions, yang::Node entry)
{
    for (const Condition& one : conditions) {
        if (holds(one, entry) == Truth::Unknown) {
            return observation(one.leaf, entry);
        }
    }
    return "";
}

} // namespace

Subject::Subject(const Profile& by, yang::Node node, const CollectionFacts& known, wall::Time at)
    : profile(by)
    , facts(known)
    , now(at)
    , node_(node)
    , inventory_(node.child("inventory"))
{
    if (const auto status = node.child("status")) {
        for (const yang::Node& category : status->children("category")) {
            if (const auto type = category.child("type")) {
                status_.emplace(shortCategory(type->value()), category);
            }
        }
    }
}

std::optional<yang::Node> Subject::status(const std::string& category) const
{
    const auto found = status_.find(category);
    return found == status_.end() ? std::nullopt : std::optional(found->second);
}

Coverage Subject::coverage(const std::string& category) const
{
    const auto known = status(category);
    const auto outcome = known ? known->child("status") : std::nullopt;
    if (!outcome) {
        return { Coverage::None, "not-collected: the node says nothing of " + category };
    }
    const std::string said = outcome->local();
    if (inventory_ && isUndescribed(*inventory_, category)) {
        return { Coverage::None,
            "parse-error: what the node says of " + category
                + " is not what the module here describes" };
    }
    if (said == "collected") {
        return { Coverage::Whole, "" };
    }
    std::string reason = said;
    for (const yang::Node& one : known->children("reason")) {
        reason += (reason == said ? ": " : ", ") + one.local();
    }
    if (const auto detail = known->value("detail")) {
        reason += ": " + *detail;
    }
    return { said == "partial" ? Coverage::Part : Coverage::None, reason };
}

std::vector<yang::Node> Subject::entries(const Check& check) const
{
    const auto category = inventory_ ? containerIn(*inventory_, check.category) : std::nullopt;
    if (!category) {
        return {};
    }
    return check.list.empty() ? std::vector { *category } : category->children(check.list);
}

std::optional<std::vector<Object>> objects(
    const Check& check, const Subject& subject, Findings& findings, bool absenceMatters)
{
    const Coverage coverage = subject.coverage(check.category);
    if (coverage.extent == Coverage::None) {
        findings.unknown("", coverage.reason);
        return std::nullopt;
    }
    if (coverage.extent == Coverage::Part && absenceMatters) {
        findings.unknown("", coverage.reason);
    }
    std::vector<Object> out;
    for (const yang::Node& entry : subject.entries(check)) {
        Truth looked = allHold(check.where, entry);
        std::string doubt = looked == Truth::Unknown ? doubtful(check.where, entry) : "";
        for (const Case& exception : check.except) {
            const Truth exempt = allHold(exception.when, entry);
            if (exempt == Truth::Yes) {
                looked = Truth::No;
            } else if (exempt == Truth::Unknown && doubt.empty()) {
                doubt = doubtful(exception.when, entry);
            }
        }
        if (looked != Truth::No) {
            out.push_back({ entry, doubt });
        }
    }
    return out;
}

std::string objectName(const Check& check, yang::Node entry)
{
    if (check.category == "open-ports" && check.list == "port") {
        return portName(entry);
    }
    if (check.list.empty()) {
        return check.category;
    }
    std::string out;
    for (const std::string& leaf : check.object) {
        const auto value = entry.child(leaf);
        out += (out.empty() ? "" : " ") + (value ? value->local() : "");
    }
    return out;
}

Severity severityOf(const Check& check, yang::Node entry, Severity otherwise)
{
    Severity doubted = Severity::Info;
    for (const Case& grade : check.grades) {
        const Truth met = allHold(grade.when, entry);
        const Severity said = grade.severity.value_or(otherwise);
        if (met == Truth::Yes) {
            return std::max(said, doubted);
        }
        if (met == Truth::Unknown) {
            doubted = std::max(doubted, said);
        }
    }
    return std::max(otherwise, doubted);
}

void report(const Check& check, const Object& object, Findings& findings, Severity severity,
    const std::string& observed, const std::string& expected)
{
    const std::string name = objectName(check, object.node);
    if (!object.doubt.empty()) {
        findings.unknown(name, object.doubt, observed, expected);
        return;
    }
    findings.violation(
        name, severityOf(check, object.node, severity), observed, expected, evidence(object.node));
}

std::vector<std::string> evidence(yang::Node entry)
{
    std::vector<std::string> out = entry.values("evidence");
    for (const yang::Node& owner : entry.children("owner")) {
        const std::vector<std::string> pids = owner.values("pid");
        if (!pids.empty()) {
            out.push_back("pid " + joined(pids) + ": " + owner.valueOr("executable", ""));
        }
    }
    return out;
}

} // namespace collector
