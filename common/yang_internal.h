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

/// Whether somebody chose the order of the instances: of configuration only (RFC 7950, section
/// 7.7.7), while libyang calls state leaf-lists user-ordered, and libyang 3 state lists, too.
inline bool orderedByUser(const lyd_node* node)
{
    const lysc_node* const schema = node->schema;
    return schema && (schema->nodetype & (LYS_LIST | LYS_LEAFLIST))
        && !(schema->flags & LYS_CONFIG_R) && lysc_is_userordered(schema);
}

} // namespace yang
