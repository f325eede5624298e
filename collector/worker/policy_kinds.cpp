#include "collector/worker/category.h"
#include "collector/worker/policy_reading.h"
#include "common/text.h"

#include <algorithm>

namespace collector {

namespace {

constexpr std::array<std::string_view, 6> ObjectPaths
    = { "user-permissions/user", "user-permissions/group", "user-permissions/privilege-grant",
          "user-permissions/setuid-file", "running-processes/program", "open-ports/port" };

Truth truthOf(std::string_view outcome)
{
    return outcome == "met" ? Truth::Yes : outcome == "unmet" ? Truth::No : Truth::Unknown;
}

Condition readTests(yang::Node node)
{
    Condition out;
    out.leaf = node.valueOr("leaf", "");
    out.oneOf = node.values("one-of");
    out.matches = node.values("matches");
    out.noneOf = node.values("none-of");
    out.only = node.values("only");
    out.undecided = node.values("undecided");
    if (const auto said = node.value("min")) {
        out.min = text::number<int64_t>(*said);
    }
    if (const auto said = node.value("max")) {
        out.max = text::number<int64_t>(*said);
    }
    if (const auto said = node.value("present")) {
        out.present = *said == "true";
    }
    out.missing = truthOf(node.valueOr("missing", "unknown"));
    out.negate = node.flag("negate");
    return out;
}

std::set<std::string> categories(yang::Node node)
{
    std::set<std::string> out;
    for (const yang::Node& one : node.children("category")) {
        out.insert(shortCategory(one.value()));
    }
    return out;
}

std::optional<List> listOf(yang::Node node, std::string_view leaf)
{
    const auto said = node.value(leaf);
    return said ? std::optional(listNamed(*said)) : std::nullopt;
}

Limit readLimit(yang::Node node)
{
    Limit out;
    for (const yang::Node& bound : node.children("bound")) {
        out.bounds.push_back({ severity(bound.valueOr("severity", "")), readTests(bound) });
    }
    out.within = node.valueOr("within", "");
    return out;
}

AllowOnly readAllowOnly(yang::Node node)
{
    const std::string aspect = node.valueOr("aspect", "entry");
    return { listNamed(node.valueOr("list", "")),
        aspect == "scope"       ? AllowOnly::Aspect::Scope
            : aspect == "owner" ? AllowOnly::Aspect::Owner
                                : AllowOnly::Aspect::Entry };
}

Forbid readForbid(yang::Node node)
{
    Forbid out;
    for (const yang::Node& each : node.children("case")) {
        Case one { each.valueOr("name", ""), {}, readConditions(each, "when") };
        if (const auto said = each.value("severity")) {
            one.severity = severity(*said);
        }
        out.cases.push_back(std::move(one));
    }
    out.unlessListed = listOf(node, "unless-listed");
    if (const auto twice = node.child("duplicate")) {
        const std::vector<std::string> names = twice->values("rightful");
        out.duplicate = Forbid::Duplicate { twice->valueOr("leaf", ""),
            { names.begin(), names.end() }, listOf(*twice, "list") };
    }
    return out;
}

Require readRequire(yang::Node node)
{
    Require out;
    out.object = node.valueOr("object", "");
    out.when = readConditions(node, "when");
    out.atLeast = text::number<uint32_t>(node.valueOr("at-least", "1")).value_or(1);
    out.distinct = node.valueOr("distinct", "");
    out.listedPrograms = node.child("listed").has_value();
    return out;
}

MatchesReference readReference(yang::Node node)
{
    MatchesReference out;
    const std::string aspect = node.valueOr("aspect", "");
    out.aspect = aspect == "missing" ? MatchesReference::Aspect::Missing
        : aspect == "unexpected"     ? MatchesReference::Aspect::Unexpected
                                     : MatchesReference::Aspect::Modified;
    if (const auto said = node.value("metadata-severity")) {
        out.metadata = severity(*said);
    }
    return out;
}

Fresh readFresh(yang::Node node)
{
    Fresh out;
    const std::string aspect = node.valueOr("aspect", "");
    out.aspect = aspect == "heartbeat" ? Fresh::Aspect::Heartbeat
        : aspect == "reports"          ? Fresh::Aspect::Reports
        : aspect == "configuration"    ? Fresh::Aspect::Configuration
                                       : Fresh::Aspect::Categories;
    out.intervals = text::number<unsigned>(node.valueOr("intervals", "3")).value_or(3);
    if (const auto said = node.value("max-age")) {
        out.maxAge = text::number<uint32_t>(*said);
    }
    out.categories = categories(node);
    return out;
}

XPath readXPath(yang::Node node)
{
    return { node.valueOr("violates", ""), node.valueOr("applies", ""), node.valueOr("unknown", ""),
        categories(node) };
}

} // namespace

std::string_view objectsOf(List list)
{
    return ObjectPaths[static_cast<size_t>(list)];
}

List listNamed(std::string_view name)
{
    const auto found = std::ranges::find(ListNames, name);
    if (found == ListNames.end()) {
        throw PolicyError("no list " + text::quoted(name));
    }
    return static_cast<List>(found - ListNames.begin());
}

Conditions readConditions(yang::Node parent, const char* list)
{
    Conditions out;
    for (const yang::Node& node : parent.children(list)) {
        out.push_back(readTests(node));
    }
    return out;
}

Kind readKind(yang::Node check, const std::string& rule)
{
    // Containers without presence exist as soon as something in them has a default value, but only
    // in the case of the choice that was given.
    if (const auto node = check.child("limit")) {
        return readLimit(*node);
    }
    if (const auto node = check.child("allow-only")) {
        return readAllowOnly(*node);
    }
    if (const auto node = check.child("forbid")) {
        return readForbid(*node);
    }
    if (const auto node = check.child("require")) {
        return readRequire(*node);
    }
    if (const auto node = check.child("matches-reference")) {
        return readReference(*node);
    }
    if (const auto node = check.child("fresh")) {
        return readFresh(*node);
    }
    if (const auto node = check.child("xpath")) {
        return readXPath(*node);
    }
    throw PolicyError(
        "rule " + rule + ", check " + check.valueOr("name", "") + ": no kind of check");
}

} // namespace collector
