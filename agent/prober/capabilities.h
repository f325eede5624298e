// Linux capabilities by name, and those that a file gives to its process: capabilities(7).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// "cap_net_raw" for 13; "cap_64" for a number that has no name yet.
std::string capabilityName(unsigned number);

/// Value of the extended attribute security.capability (struct vfs_cap_data of linux/capability.h)
/// in libcap's words, one for each capability: "cap_net_raw+ep", with "[rootid=N]" behind where
/// another user namespace gave it. Nothing if the kernel would refuse it.
std::optional<std::vector<std::string>> fileCapabilities(std::string_view attribute);

} // namespace agent
