// Everything that the unprivileged server may ask of the prober. A new row is a new privilege.
#pragma once

#include "agent/messages.h"
#include "agent/prober/schedule.h"

#include <span>

namespace agent {

struct Request {
    Message type;
    const char* name;
    /// Throws what makes the request refused; the prober then says so in its log and goes on.
    void (*serve)(Schedule& schedule, const yang::Context& context, const frame::Message& message);
};

std::span<const Request> requests();

} // namespace agent
