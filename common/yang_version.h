// The calls of libyang 2 (Debian 12) that libyang 3 (Debian 13) has otherwise. Only here does it
// matter which of the two it is.
#pragma once

#include <libyang/libyang.h>
#include <libyang/version.h>
#include <string>

namespace yang {

/// Where an error is, in the words of libyang 2; empty if it does not say.
inline std::string placeOf(const ly_err_item& error)
{
#if LY_VERSION_MAJOR < 3
    return error.path ? error.path : "";
#else
    std::string place;
    if (error.data_path) {
        place = "Data location \"" + std::string(error.data_path) + "\"";
    } else if (error.schema_path) {
        place = "Schema location \"" + std::string(error.schema_path) + "\"";
    }
    if (error.line) {
        place += (place.empty() ? "Line number " : ", line number ") + std::to_string(error.line);
    }
    return place.empty() ? "" : place + ".";
#endif
}

/// Text of the last error, until the next one; null if there is none.
inline const char* lastMessage(const ly_ctx* ctx)
{
    const ly_err_item* const last = ly_err_last(ctx);
    return last ? last->msg : nullptr;
}

/// Nodes of the tree that an XPath selects with the root as context node.
inline LY_ERR findFromRoot(const lyd_node* tree, const char* xpath, ly_set** found)
{
#if LY_VERSION_MAJOR < 3
    return lyd_find_xpath3(nullptr, tree, xpath, nullptr, found);
#else
    return lyd_find_xpath3(nullptr, tree, xpath, LY_VALUE_JSON, nullptr, nullptr, found);
#endif
}

/// An anydata node. It takes `content`, which may be null, unless it fails.
inline LY_ERR newAny(lyd_node* parent, const lys_module* module, const char* name,
    lyd_node* content, lyd_node** made)
{
#if LY_VERSION_MAJOR < 3
    return lyd_new_any(
        parent, module, name, content, content != nullptr, LYD_ANYDATA_DATATREE, false, made);
#else
    return lyd_new_any(parent, module, name, content, LYD_ANYDATA_DATATREE,
        content ? LYD_NEW_ANY_USE_VALUE : 0, made);
#endif
}

/// Nothing is written to stderr. Errors know their path all the same.
inline void discardLog()
{
#if LY_VERSION_MAJOR < 3
    ly_set_log_clb([](LY_LOG_LEVEL, const char*, const char*) {}, 1);
#else
    ly_set_log_clb([](LY_LOG_LEVEL, const char*, const char*, const char*, uint64_t) {});
#endif
}

} // namespace yang
