// What the gate tells of its peers, shown as agent-access/statistics.
#pragma once

#include "common/yang.h"

#include <cstdint>
#include <string>
#include <vector>

namespace agent {

/// Of the limits that are the server's own.
struct SubscriptionLimits {
    size_t ofSession = 32;
    size_t inAll = 512;
    uint64_t reachedOfSession = 0;
    uint64_t reachedInAll = 0;
};

class AccessState {
public:
    /// Fields of Message::AccessState; none if there is no gate. Throws frame::Broken, quoting the
    /// one that is not understood.
    void use(const yang::Context& context, const std::vector<std::string>& facts);

    /// Empty if there is no gate.
    yang::Tree tree(const yang::Context& context, const SubscriptionLimits& own) const;

private:
    std::vector<std::string> facts_;
};

} // namespace agent
