// Shared by the files of common/yang*: libyang itself, and the check of what its calls return.
#pragma once

#include "common/yang_version.h"

#include <memory>
#include <string>

namespace yang {

struct FreeText {
    void operator()(char* text) const noexcept { free(text); }
};
using Text = std::unique_ptr<char, FreeText>;

/// Throws what libyang says of its last failure in this context.
void check(LY_ERR rc, const ly_ctx* ctx, const std::string& doing);

} // namespace yang
