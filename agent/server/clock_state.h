// Whether the kernel's clock is disciplined: adjtimex(2), without changing anything.
#pragma once

#include <optional>

namespace agent {

/// STA_UNSYNC is not set; nothing if the kernel does not say. Needs the system call clock_adjtime
/// (adjtimex with an older libc), but no capability.
std::optional<bool> clockSynchronized();

} // namespace agent
