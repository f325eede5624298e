// A category that a module of the vendor defines: all that is known of it comes from facts.
#pragma once

#include "agent/prober/vendor/facts.h"

namespace agent {

/// As run() of a probe does, for a category as "module:name". Without facts it is not collected.
Result runExtension(const std::string& category, const Settings& settings, Facts& facts,
    const yang::Context& context);

} // namespace agent
