// JSON (RFC 8259), its values by JSON pointer (RFC 6901).
#include "agent/prober/probe.h"
#include "agent/prober/vendor/flat_settings.h"
#include "agent/prober/vendor/json_outline.h"

#include <nlohmann/json.hpp>

namespace agent {

FlatSettings parseJson(std::string_view text)
{
    if (auto error = outlineOf(text).error) { // so that below nothing is too deep, or there twice
        error->resize(std::min(error->find("; last read: "), error->size())); // may be a secret
        throw ParseError(*error);
    }
    FlatSettings out;
    // As keys it has pointers, and as values whatever is no object and no array with members.
    const nlohmann::json flat = nlohmann::json::parse(text).flatten();
    for (const auto& [pointer, value] : flat.items()) {
        if (value.is_string()) {
            addSetting(out, pointer, value.get<std::string>(), 0);
        } else if (!value.is_null()) { // as an empty object is, too
            addSetting(out, pointer, value.dump(), 0);
        }
    }
    return out;
}

} // namespace agent
