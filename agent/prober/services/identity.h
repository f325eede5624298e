// Which service a program is on the node at hand: what catalog.h knows of its name, and what its
// content, its port and its configuration add.
#pragma once

#include "agent/prober/root.h"
#include "agent/prober/services/catalog.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

class ServiceIdentity {
public:
    explicit ServiceIdentity(const Root& root)
        : root_(root)
    {
    }

    /// By the name of the program, else by its content, which is looked into once. The type is
    /// empty where only the port tells it.
    std::optional<KnownService> of(
        const std::string& program, const std::vector<std::string>& arguments);

    /// The type of a program that serves this port; nothing if that is no service.
    std::optional<std::string> typeAt(
        const KnownService& known, std::string_view protocol, uint32_t port) const;

    /// The same of one that is not seen to serve: it keeps its own type if the port adds nothing.
    /// Port 0 is none in particular.
    KnownService declared(
        const KnownService& known, std::string_view protocol = "tcp", uint32_t port = 0) const;

private:
    const Root& root_;
    std::map<std::string, std::optional<KnownService>> contents_; // by path
};

} // namespace agent
