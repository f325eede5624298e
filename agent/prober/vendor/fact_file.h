// One file of facts.d: RFC 7951 data that the vendor's software wrote.
#pragma once

#include "common/yang.h"

#include <chrono>
#include <optional>
#include <set>
#include <string>

namespace agent {

struct FactFile {
    yang::Tree tree;
    std::set<std::string> categories; // identities with their modules, of which it holds something
    std::optional<std::chrono::seconds> maxAge; // /femto-vendor:facts/max-age

    /// The container of a category of ours, or that of the vendor's module; nothing if there is
    /// none.
    std::optional<yang::Node> content(const std::string& category) const;
};

/// Valid by the schema and with nothing in it but what an inventory may hold, or ParseError and
/// yang::Error.
FactFile parseFacts(const yang::Context& context, const std::string& text);

/// Categories that modules besides ours define: an identity derived from security-category and a
/// top-level container of the same name in the same module. As "module:name".
std::vector<std::string> extensionCategories(const yang::Context& context);

} // namespace agent
