// How libyang writes a leaf whose value is an identity of the leaf's own module.
#pragma once

#include <cstdint> // libyang 3.12 does not include it
#include <libyang/version.h>
#include <string>

/// libyang 2 always gives such a value a prefix, and libyang 3 none, which is the same by RFC 7950,
/// 9.10.3.
inline std::string identityLeaf(const std::string& leaf, const std::string& prefix,
    const std::string& space, const std::string& identity)
{
    return LY_VERSION_MAJOR < 3 ? "<" + leaf + " xmlns:" + prefix + "=\"" + space + "\">" + prefix
            + ":" + identity + "</" + leaf + ">"
                                : "<" + leaf + ">" + identity + "</" + leaf + ">";
}
