// Ports against the list of ports: which entries are for a port, from where it may be reachable,
// and who may hold it.
#include "collector/worker/checks/check.h"
#include "common/text.h"

#include <algorithm>
#include <arpa/inet.h>
#include <cstring>

namespace collector {

namespace {

struct Address {
    int family = 0;
    std::array<uint8_t, 16> bytes {};
};

std::optional<Address> addressOf(const std::string& text)
{
    Address out;
    for (const int family : { AF_INET, AF_INET6 }) {
        if (inet_pton(family, text.c_str(), out.bytes.data()) == 1) {
            out.family = family;
            return out;
        }
    }
    return std::nullopt;
}

bool contains(const std::string& prefix, const Address& address)
{
    const size_t slash = prefix.find('/');
    const auto network = addressOf(prefix.substr(0, slash));
    const auto bits = text::number<unsigned>(
        slash == std::string::npos ? "" : std::string_view(prefix).substr(slash + 1));
    if (!network || !bits || network->family != address.family) {
        return false;
    }
    const unsigned whole = *bits / 8;
    const unsigned rest = *bits % 8;
    if (whole > 16 || memcmp(network->bytes.data(), address.bytes.data(), whole) != 0) {
        return false;
    }
    const unsigned mask = 0xff00u >> rest & 0xffu;
    return rest == 0 || (network->bytes.at(whole) & mask) == (address.bytes.at(whole) & mask);
}

/// Addresses that a socket serves: an IPv6 one may serve IPv4 too.
std::vector<std::string> served(yang::Node port)
{
    const std::string address = port.valueOr("local-address", "");
    if (port.flag("ipv4-mapped")) {
        return { address, address == "::" ? "0.0.0.0" : address };
    }
    return { address };
}

std::string reach(yang::Node port)
{
    std::string out = "on " + port.valueOr("local-address", "");
    if (port.flag("ipv4-mapped")) {
        out += " for IPv6 and IPv4";
    }
    const std::vector<std::string> interfaces = port.values("bound-interface");
    if (!interfaces.empty()) {
        out += " of " + joined(interfaces);
    }
    return out + ", scope " + port.valueOr("scope", "not known");
}

std::string wantedReach(const PermittedPort& entry)
{
    if (entry.scope == PermittedPort::Scope::Loopback) {
        return "reachable from the node only";
    }
    std::vector<std::string> parts;
    if (entry.scope == PermittedPort::Scope::Specific) {
        parts.push_back("bound to one address or interface");
    }
    if (!entry.prefixes.empty()) {
        parts.push_back("bound to " + joined(entry.prefixes, " or "));
    }
    if (!entry.interfaces.empty()) {
        parts.push_back(
            "on interface " + joined({ entry.interfaces.begin(), entry.interfaces.end() }, " or "));
    }
    return joined(parts);
}

Truth prefixesFit(const PermittedPort& entry, yang::Node port)
{
    if (entry.prefixes.empty()) {
        return Truth::Yes;
    }
    for (const std::string& text : served(port)) {
        const auto address = addressOf(text);
        if (!address || std::ranges::none_of(entry.prefixes, [&](const std::string& prefix) {
                return contains(prefix, *address);
            })) {
            return Truth::No;
        }
    }
    return Truth::Yes;
}

/// A socket bound to no interface is reachable by all of them.
Truth interfacesFit(const PermittedPort& entry, yang::Node port)
{
    if (entry.interfaces.empty()) {
        return Truth::Yes;
    }
    const std::vector<std::string> bound = port.values("bound-interface");
    return !bound.empty()
            && std::ranges::all_of(
                bound, [&](const std::string& one) { return entry.interfaces.contains(one); })
        ? Truth::Yes
        : Truth::No;
}

Truth scopeFits(const PermittedPort& entry, yang::Node port)
{
    const auto scope = port.value("scope");
    if (scope == "loopback" || entry.scope == PermittedPort::Scope::Any) {
        return Truth::Yes;
    }
    if (!scope) {
        return Truth::Unknown;
    }
    if (entry.scope == PermittedPort::Scope::Loopback) {
        return Truth::No;
    }
    // Bound to a device, the wildcard address is not reachable by the others.
    return *scope == "any" && port.values("bound-interface").empty() ? Truth::No : Truth::Yes;
}

Truth reachFits(const PermittedPort& entry, yang::Node port)
{
    if (port.value("scope") == "loopback") {
        return Truth::Yes;
    }
    return both(scopeFits(entry, port), both(prefixesFit(entry, port), interfacesFit(entry, port)));
}

bool anyone(const PermittedPort& entry)
{
    return entry.owners.empty() && !entry.kernelOwned;
}

bool ownerFits(const PermittedPort::Owner& entry, yang::Node owner)
{
    const auto same = [&](const std::optional<std::string>& wanted, const char* leaf) {
        return !wanted || owner.value(leaf) == wanted;
    };
    return same(entry.executable, "executable") && same(entry.user, "user")
        && same(entry.unit, "unit");
}

/// Yes if this entry lets every one of the owners hold the port.
Truth ownersFit(const PermittedPort& entry, yang::Node port)
{
    if (anyone(entry)) {
        return Truth::Yes;
    }
    if (port.flag("kernel-owned")) {
        return entry.kernelOwned ? Truth::Yes : Truth::No;
    }
    const std::vector<yang::Node> owners = port.children("owner");
    if (owners.empty()) {
        return Truth::Unknown;
    }
    Truth out = Truth::Yes;
    for (const yang::Node& owner : owners) {
        if (std::ranges::any_of(entry.owners,
                [&](const PermittedPort::Owner& one) { return ownerFits(one, owner); })) {
            continue;
        }
        out = both(out, owner.valueOr("executable", "").empty() ? Truth::Unknown : Truth::No);
    }
    return out;
}

std::string holders(yang::Node port)
{
    if (port.flag("kernel-owned")) {
        return "the kernel";
    }
    std::vector<std::string> out;
    for (const yang::Node& owner : port.children("owner")) {
        const std::string executable = owner.valueOr("executable", "");
        const auto unit = owner.value("unit");
        out.push_back((executable.empty() ? "an unknown program" : executable) + " as "
            + owner.valueOr("user", "?") + (unit ? " for " + *unit : ""));
    }
    return out.empty() ? "not known" : joined(out);
}

std::string wantedHolders(const PermittedPort& entry)
{
    std::vector<std::string> out;
    for (const PermittedPort::Owner& owner : entry.owners) {
        out.push_back(owner.executable.value_or("any program")
            + (owner.user ? " as " + *owner.user : "") + (owner.unit ? " for " + *owner.unit : ""));
    }
    if (entry.kernelOwned) {
        out.emplace_back("the kernel");
    }
    return joined(out, " or ");
}

/// The best answer of the entries, and what those want that say no.
template <typename Fits, typename Wanted>
Permission best(const std::vector<const PermittedPort*>& entries, yang::Node port, Fits fits,
    Wanted wanted, const std::string& observed, const std::string& unknown)
{
    Permission out { Truth::No, observed, "", unknown };
    std::vector<std::string> texts;
    for (const PermittedPort* entry : entries) {
        out.permitted = std::max(out.permitted, fits(*entry, port));
        texts.push_back(wanted(*entry));
    }
    out.expected = joined(texts, ", or ");
    return out;
}

} // namespace

std::vector<const PermittedPort*> permittedPorts(const Permitted& permitted, yang::Node port)
{
    const auto protocol = port.child("protocol");
    const std::string name = protocol ? protocol->local() : "";
    const std::string space = port.valueOr("network-namespace", "");
    const auto number = text::number<uint32_t>(port.valueOr("local-port", ""));
    std::vector<const PermittedPort*> out;
    for (const auto& [key, entry] : permitted.ports) {
        if (number && *number >= entry.lower && *number <= entry.upper && entry.protocol == name
            && (entry.networkNamespace == "*" || entry.networkNamespace == space)) {
            out.push_back(&entry);
        }
    }
    return out;
}

Permission portListed(const Permitted& permitted, yang::Node port)
{
    if (!permittedPorts(permitted, port).empty()) {
        return {};
    }
    return { Truth::No, "not listed: " + reach(port) + ", held by " + holders(port),
        "listed among ports", "" };
}

Permission portScope(const Permitted& permitted, yang::Node port)
{
    const std::vector<const PermittedPort*> entries = permittedPorts(permitted, port);
    if (entries.empty()) {
        return {}; // not permitted at all: that is for the aspect "entry"
    }
    return best(entries, port, reachFits, wantedReach, reach(port), "scope is not known");
}

Permission portOwner(const Permitted& permitted, yang::Node port)
{
    std::vector<const PermittedPort*> entries = permittedPorts(permitted, port);
    if (entries.empty()) {
        return {};
    }
    // An entry that is for another address says nothing about this one's owner.
    std::vector<const PermittedPort*> near = entries;
    std::erase_if(
        near, [&](const PermittedPort* entry) { return reachFits(*entry, port) == Truth::No; });
    if (!near.empty()) {
        entries = std::move(near);
    }
    if (!std::ranges::all_of(entries, [](const auto* entry) { return anyone(*entry); })) {
        std::erase_if(entries, [](const PermittedPort* entry) { return anyone(*entry); });
    }
    return best(entries, port, ownersFit, wantedHolders, "held by " + holders(port),
        "its owner is not known");
}

bool anyOwnerNamed(const Permitted& permitted)
{
    return std::ranges::any_of(
        permitted.ports, [](const auto& each) { return !anyone(each.second); });
}

} // namespace collector
