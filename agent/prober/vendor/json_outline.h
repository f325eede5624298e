// A first look at a JSON text, before anything is built of it: is it JSON at all, of a depth that
// may be parsed, without the same name twice in one object, and which categories does it speak of?
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace agent {

constexpr size_t MostJsonDepth = 32;

struct JsonOutline {
    /// Identities with their modules, of what was seen before the error if there is one.
    std::set<std::string> categories;
    std::optional<std::string> error; // begins with the line if it is one of syntax
};

/// Of RFC 7951 data as facts.d holds them. Never throws for what the text says.
JsonOutline outlineOf(std::string_view text);

} // namespace agent
