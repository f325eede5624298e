// What a user is shown of a datastore: which data there are, what access control and a filter leave
// of them, as text.
#pragma once

#include "agent/server/filter.h"
#include "agent/server/origin.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace agent {

class Core;

/// Configuration of running or candidate, or that of running and the state (RFC 6241, 7.7; for
/// RFC 8342 that is operational: what is configured is in force at once).
enum class Shown { Running, Candidate, Operational };

struct Selection {
    Shown shown;
    const Filter& filter;
    uint32_t defaults; // LYD_PRINT_WD_*
    bool config = true; // of Operational, whether it holds the one
    bool state = true; // and the other
    const Origins* origins = nullptr; // likewise, if anything is asked of them
};

/// The elements, one after the other. Throws RpcError.
std::string selected(Core& core, const std::string& user, const Selection& selection);

/// What `work` gives, which evaluates the filter; or nothing yet if that may take long: then the
/// session is answered when it is done aside.
std::optional<std::string> evaluated(
    Core& core, uint32_t session, const Filter& filter, const std::function<std::string()>& work);

/// An element around them; `space` is its namespace, if it is another than that of what is around.
std::string element(std::string_view name, std::string_view space, std::string_view inner);

} // namespace agent
