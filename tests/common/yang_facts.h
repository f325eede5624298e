// What a client can tell of a module, a line each: all but its wording.
#pragma once

#include "common/yang.h"

#include <string>

/// Features, identities, extensions and every schema node that `module` brings into the context,
/// whatever module it adds to.
std::string factsOf(const yang::Context& context, const std::string& module);
