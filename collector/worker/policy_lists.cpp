#include "collector/worker/policy_reading.h"
#include "common/text.h"

#include <algorithm>

namespace collector {

namespace {

std::set<std::string> set(yang::Node node, std::string_view leafList)
{
    std::vector<std::string> values = node.values(leafList);
    return { std::make_move_iterator(values.begin()), std::make_move_iterator(values.end()) };
}

std::optional<std::string> identity(yang::Node node, std::string_view leaf)
{
    const auto found = node.child(leaf);
    return found ? std::optional(found->local()) : std::nullopt;
}

std::optional<wall::Time> time(yang::Node node, std::string_view leaf, const std::string& where)
{
    const auto said = node.value(leaf);
    if (!said) {
        return std::nullopt;
    }
    const auto out = wall::parse(*said);
    if (!out) {
        throw PolicyError(where + std::string(leaf) + " is no time: " + text::quoted(*said));
    }
    return out;
}

void drop(Permitted& permitted, List list)
{
    switch (list) {
    case List::Users:
        return permitted.users.clear();
    case List::Groups:
        return permitted.groups.clear();
    case List::Grants:
        return permitted.grants.clear();
    case List::SetuidFiles:
        return permitted.setuidFiles.clear();
    case List::Programs:
        permitted.programs.clear();
        return permitted.programPatterns.clear();
    case List::Ports:
        return permitted.ports.clear();
    }
}

void addAccounts(Permitted& permitted, yang::Node node)
{
    for (const yang::Node& user : node.children("user")) {
        const std::string name = user.valueOr("name", "");
        const auto there = permitted.users.find(name);
        const size_t place
            = there == permitted.users.end() ? permitted.users.size() : there->second.place;
        permitted.users[name]
            = { user.value("uid"), user.flag("login-permitted"), user.flag("privileged"), place };
    }
    for (const yang::Node& group : node.children("group")) {
        permitted.groups[group.valueOr("name", "")]
            = { group.value("gid"), group.flag("any-member"), set(group, "member") };
    }
    for (const yang::Node& grant : node.children("grant")) {
        permitted.grants[{ grant.valueOr("principal", ""), grant.valueOr("run-as", ""),
            grant.valueOr("command", "") }]
            = { grant.flag("no-authentication") };
    }
    for (const yang::Node& file : node.children("setuid-file")) {
        permitted.setuidFiles[file.valueOr("path", "")] = { file.value("owner"), file.value("mode"),
            set(file, "capability"), set(file, "hash") };
    }
}

void addProgram(Permitted& permitted, yang::Node node)
{
    PermittedProgram one { node.valueOr("executable", ""), node.valueOr("user", ""),
        node.flag("pattern"), set(node, "hash"), set(node, "script"), node.flag("required") };
    std::vector<PermittedProgram>& among
        = one.pattern ? permitted.programPatterns : permitted.programs[one.executable];
    const auto there = std::ranges::find_if(among, [&](const PermittedProgram& each) {
        return each.executable == one.executable && each.user == one.user;
    });
    if (there == among.end()) {
        among.push_back(std::move(one));
    } else {
        *there = std::move(one);
    }
}

PermittedPort readPort(yang::Node node)
{
    PermittedPort out;
    out.name = node.valueOr("name", "");
    out.networkNamespace = node.valueOr("network-namespace", "host");
    out.protocol = identity(node, "protocol").value_or("");
    out.lower = text::number<uint32_t>(node.valueOr("lower-port", "0")).value_or(0);
    out.upper = out.lower;
    if (const auto said = node.value("upper-port")) {
        out.upper = text::number<uint32_t>(*said).value_or(out.lower);
    }
    const std::string scope = node.valueOr("scope", "specific");
    out.scope = scope == "any" ? PermittedPort::Scope::Any
        : scope == "loopback"  ? PermittedPort::Scope::Loopback
                               : PermittedPort::Scope::Specific;
    out.prefixes = node.values("address-prefix");
    out.interfaces = set(node, "interface");
    out.kernelOwned = node.flag("kernel-owned");
    for (const yang::Node& owner : node.children("owner")) {
        out.owners.push_back({ owner.valueOr("name", ""), owner.value("executable"),
            owner.value("user"), owner.value("unit") });
    }
    return out;
}

ManifestComponent readComponent(yang::Node node)
{
    return { identity(node, "kind"), node.value("version"), set(node, "hash"),
        node.flag("optional"), node.value("mode"), node.value("owner"), node.value("link-target"),
        set(node, "capability") };
}

} // namespace

bool Manifest::valid(wall::Time now) const
{
    return (!from || *from <= now) && (!until || now < *until);
}

void addPermitted(Permitted& permitted, yang::Node profile)
{
    const auto node = profile.child("permitted");
    if (!node) {
        return;
    }
    for (const std::string& list : node->values("replace")) {
        drop(permitted, listNamed(list));
    }
    addAccounts(permitted, *node);
    for (const yang::Node& program : node->children("program")) {
        addProgram(permitted, program);
    }
    for (const yang::Node& port : node->children("port")) {
        PermittedPort one = readPort(port);
        permitted.ports[one.name] = std::move(one);
    }
}

void addManifests(std::vector<Manifest>& manifests, yang::Node profile)
{
    if (profile.flag("replace-manifests")) {
        manifests.clear();
    }
    for (const yang::Node& node : profile.children("manifest")) {
        Manifest one;
        one.release = node.valueOr("release", "");
        const std::string where = "manifest " + one.release + ": ";
        one.from = time(node, "valid-from", where);
        one.until = time(node, "valid-until", where);
        for (const yang::Node& component : node.children("component")) {
            one.components.emplace(component.valueOr("name", ""), readComponent(component));
        }
        const auto at = std::ranges::lower_bound(manifests, one.release, {}, &Manifest::release);
        if (at != manifests.end() && at->release == one.release) {
            *at = std::move(one);
        } else {
            manifests.insert(at, std::move(one));
        }
    }
}

} // namespace collector
