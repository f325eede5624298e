// The contract as it is embedded in the programs: YANG modules, and data files of this folder.
#pragma once

#include "common/yang.h"

#include <span>
#include <string_view>

namespace schemas {

struct File {
    const char* name;
    const char* text;
};

std::span<const yang::Module> modules();
std::span<const File> files();

/// The text of an embedded data file such as "startup.json". Throws std::out_of_range.
std::string_view file(std::string_view name);

/// A context with the node's contract: types, femto-security, access, NACM. What a probe's result,
/// a snapshot or a report is valid against.
yang::Context node();

/// The same with femto-vendor, in which the vendor speaks to the agent.
yang::Context prober();

/// node() with what a NETCONF server needs besides: monitoring, notifications, with-defaults.
yang::Context server();

/// The node's contract with the management side's femto-compliance-policy.
yang::Context management();

} // namespace schemas
