// What the gate must know of agent-access, in the words of agent/messages.h.
#pragma once

#include "common/yang.h"

#include <string>
#include <vector>

namespace agent {

std::vector<std::string> accessFacts(const yang::Tree& running);

} // namespace agent
