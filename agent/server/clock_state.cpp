#include "agent/server/clock_state.h"

#include <sys/timex.h>

namespace agent {

std::optional<bool> clockSynchronized()
{
    timex state {};
    const int rc = ::adjtimex(&state);
    if (rc < 0) {
        return std::nullopt;
    }
    return rc != TIME_ERROR && (state.status & STA_UNSYNC) == 0;
}

} // namespace agent
