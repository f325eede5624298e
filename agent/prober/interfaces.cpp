#include "agent/prober/interfaces.h"

#include <algorithm>
#include <arpa/inet.h>
#include <ifaddrs.h>
#include <memory>
#include <net/if.h>
#include <netinet/in.h>

namespace agent {

Interfaces::Interfaces(const Root& root, std::string folder, bool inside)
    : root_(root)
    , folder_(std::move(folder))
    , inside_(inside)
{
}

void Interfaces::readTables()
{
    const auto table
        = [&](const char* name) { return root_.readIfThere(folder_ + "/" + name).value_or(""); };
    if (const std::string all = table("igmp"); !all.empty()) {
        addFromIgmp(all, names_, folder_ + "/igmp");
    }
    addFromDevMcast(table("dev_mcast"), names_, folder_ + "/dev_mcast");
    addFromIfInet6(table("if_inet6"), addresses_, names_, folder_ + "/if_inet6");
    if (const std::string route = table("route"); !route.empty()) {
        addFromFibTrie(table("fib_trie"), route, addresses_, folder_ + "/route");
    }
}

void Interfaces::askKernel()
{
    ifaddrs* first = nullptr;
    if (::getifaddrs(&first) != 0) {
        fd::fail("getifaddrs");
    }
    const std::unique_ptr<ifaddrs, void (*)(ifaddrs*)> all(first, &::freeifaddrs);
    for (const ifaddrs* one = first; one; one = one->ifa_next) {
        names_.emplace(::if_nametoindex(one->ifa_name), one->ifa_name);
        char text[INET6_ADDRSTRLEN] = "";
        if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET) {
            ::inet_ntop(AF_INET, &reinterpret_cast<sockaddr_in*>(one->ifa_addr)->sin_addr, text,
                sizeof text);
        } else if (one->ifa_addr && one->ifa_addr->sa_family == AF_INET6) {
            ::inet_ntop(AF_INET6, &reinterpret_cast<sockaddr_in6*>(one->ifa_addr)->sin6_addr, text,
                sizeof text);
        } else {
            continue;
        }
        addresses_.emplace(text, one->ifa_name);
    }
}

void Interfaces::load()
{
    if (!loaded_) {
        loaded_ = true;
        inside_ ? askKernel() : readTables();
    }
}

std::string Interfaces::name(uint32_t index)
{
    load();
    const auto found = names_.find(index);
    return found == names_.end() ? std::to_string(index) : found->second;
}

std::vector<std::string> Interfaces::having(const std::string& address)
{
    if (address == "::1" || address.starts_with("127.")) {
        return { "lo" };
    }
    if (address == "0.0.0.0" || address == "::") {
        return {};
    }
    load();
    // An IPv4 address that an IPv6 socket is bound to.
    const bool mapped = address.starts_with("::ffff:") && address.find('.') != address.npos;
    std::vector<std::string> names;
    const auto [from, to] = addresses_.equal_range(mapped ? address.substr(7) : address);
    for (auto at = from; at != to; ++at) {
        names.push_back(at->second);
    }
    std::ranges::sort(names);
    names.erase(std::unique(names.begin(), names.end()), names.end());
    return names;
}

} // namespace agent
