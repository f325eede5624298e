#include "collector/worker/policy.h"

#include "collector/worker/policy_reading.h"
#include "common/digest.h"
#include "common/text.h"
#include "yang/schemas.h"

#include <algorithm>
#include <tuple>

namespace collector {

namespace {

constexpr const char* Top = "/femto-compliance-policy:compliance";

using ProfileNodes = std::map<std::string, yang::Node, std::less<>>;

/// A profile on top of its base, and that on its own.
const Profile& resolve(Policy& policy, const ProfileNodes& nodes, const std::string& name,
    const yang::Context& context, std::vector<std::string>& above)
{
    if (const auto there = policy.profiles.find(name); there != policy.profiles.end()) {
        return there->second;
    }
    if (std::ranges::find(above, name) != above.end()) {
        std::string circle;
        for (const std::string& one : above) {
            circle += one + " -> ";
        }
        throw PolicyError("profiles are each other's base: " + circle + name);
    }
    const yang::Node node = nodes.at(name); // a base is a leafref: it is there
    above.push_back(name);
    Profile profile;
    if (const auto base = node.value("base")) {
        profile = resolve(policy, nodes, *base, context, above);
        profile.base = *base;
    }
    above.pop_back();
    profile.name = name;
    try {
        addRules(profile.rules, node, context);
        for (const Rule& rule : profile.rules) {
            mustBeJudgeable(rule, context);
        }
        addPermitted(profile.permitted, node);
        addManifests(profile.manifests, node);
    } catch (const PolicyError& e) {
        throw PolicyError("profile " + name + ": " + e.what());
    }
    return policy.profiles.emplace(name, std::move(profile)).first->second;
}

Waiver readWaiver(yang::Node node)
{
    Waiver out;
    out.name = node.valueOr("name", "");
    out.rule = node.valueOr("rule", "");
    for (const std::string& object : node.values("object")) {
        out.objects.insert(object);
    }
    for (const std::string& one : node.values("node")) {
        out.nodes.insert(one);
    }
    const std::string until = node.valueOr("until", "");
    const auto time = wall::parse(until);
    if (!time) {
        throw PolicyError("waiver " + out.name
            + ": until is no time before the year 2262: " + text::quoted(until));
    }
    out.until = *time;
    out.reason = node.valueOr("reason", "");
    out.approver = node.valueOr("approver", "");
    return out;
}

/// The document, with the profile that we ship if it has none of that name: it is always there to
/// be a base.
yang::Tree withShipped(const yang::Context& context, std::string_view json)
{
    yang::Tree tree = yang::Tree::parse(context, json, yang::Format::Json, false);
    const auto compliance = tree.find(Top);
    if (!compliance) {
        throw PolicyError("no femto-compliance-policy:compliance in it: " + text::quoted(json));
    }
    const std::vector<yang::Node> own = compliance->children("profile");
    if (own.empty()) {
        throw PolicyError("it has no profile");
    }
    if (std::ranges::none_of(
            own, [](yang::Node one) { return one.value("name") == Policy::Shipped; })) {
        const yang::Tree shipped = yang::Tree::parse(context, schemas::file("femto-baseline.json"));
        for (const yang::Node& node : shipped.root().children()) {
            if (node.name() != "profile") {
                node.remove();
            }
        }
        tree.merge(shipped);
    }
    tree.validate(context);
    return tree;
}

/// The profile of nodes for which none is named: the one that the document names, or its only one.
std::string defaultOf(yang::Node compliance)
{
    if (const auto named = compliance.value("default-profile")) {
        return *named;
    }
    std::vector<std::string> names;
    for (const yang::Node& node : compliance.children("profile")) {
        names.push_back(node.valueOr("name", ""));
    }
    if (names.size() == 2) { // its own, and the shipped one
        std::erase(names, Policy::Shipped);
    }
    return names.size() == 1 ? names.front() : "";
}

void checkWaivers(const Policy& policy)
{
    for (const Waiver& waiver : policy.waivers) {
        const bool known = std::ranges::any_of(policy.profiles, [&](const auto& each) {
            return std::ranges::find(each.second.rules, waiver.rule, &Rule::id)
                != each.second.rules.end();
        });
        if (!known) {
            throw PolicyError(
                "waiver " + waiver.name + ": no profile has a rule \"" + waiver.rule + "\"");
        }
    }
}

} // namespace

bool Waiver::covers(std::string_view node, std::string_view object) const
{
    return (nodes.empty() || nodes.contains(std::string(node)))
        && (objects.empty() || objects.contains(std::string(object)));
}

Policy Policy::parse(const yang::Context& context, std::string_view json)
{
    if (json.size() > MostBytes) {
        throw PolicyError("a policy of " + std::to_string(json.size()) + " bytes, more than "
            + std::to_string(MostBytes));
    }
    yang::Tree tree;
    try {
        tree = withShipped(context, json);
    } catch (const yang::Error& e) {
        throw PolicyError(e.what());
    }
    const auto compliance = tree.find(Top);
    ProfileNodes nodes;
    for (const yang::Node& node : compliance->children("profile")) {
        nodes.emplace(node.valueOr("name", ""), node);
    }
    Policy policy;
    policy.version = compliance->valueOr("version", "");
    policy.defaultProfile = defaultOf(*compliance);
    policy.digest = digest::sha256(compliance->canonical());
    for (const auto& [name, node] : nodes) {
        std::vector<std::string> above;
        resolve(policy, nodes, name, context, above);
    }
    for (const yang::Node& node : compliance->children("waiver")) {
        policy.waivers.push_back(readWaiver(node));
    }
    checkWaivers(policy);
    return policy;
}

const Profile& Policy::profile(std::string_view name) const
{
    const std::string_view wanted = name.empty() ? defaultProfile : name;
    if (wanted.empty()) {
        throw PolicyError("the policy has several profiles and no default-profile: name one");
    }
    const auto found = profiles.find(wanted);
    if (found == profiles.end()) {
        throw PolicyError("the policy has no profile " + text::quoted(wanted));
    }
    return found->second;
}

std::set<std::string> Policy::affected(
    std::string_view profile, const std::set<std::string>& changed) const
{
    std::set<std::string> out { "collection" };
    for (const Rule& rule : this->profile(profile).rules) {
        for (const std::string& category : rule.reads()) {
            if (changed.contains(category)) {
                out.insert(rule.category);
            }
        }
    }
    return out;
}

const Waiver* Policy::waiver(
    std::string_view rule, std::string_view node, std::string_view object, wall::Time now) const
{
    const Waiver* last = nullptr;
    for (const Waiver& one : waivers) {
        if (one.rule == rule && one.until > now && one.covers(node, object)
            && (!last || std::tie(last->until, one.name) < std::tie(one.until, last->name))) {
            last = &one;
        }
    }
    return last;
}

} // namespace collector
