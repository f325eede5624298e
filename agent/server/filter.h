// Filters of <get>, <get-config> and subscriptions: subtree (RFC 6241, 6) and XPath (8.9).
#pragma once

#include "common/yang.h"

#include <optional>
#include <string>

namespace agent {

class Filter {
public:
    /// Selects all.
    Filter() = default;
    /// Content of a subtree filter, as XML elements, possibly none (which select nothing).
    static Filter subtree(const yang::Context& context, std::string_view xml);
    /// XPath 1.0 with module names or the given prefixes. Throws RpcError.
    static Filter xpath(const yang::Context& context, std::string_view expression,
        const std::vector<std::pair<std::string, std::string>>& namespaces = {});

    bool everything() const { return !tree_ && expression_.empty(); }
    /// A new tree with what of `data` is selected, ancestors and list keys included; may be empty.
    yang::Tree apply(const yang::Tree& data) const;
    /// Whether anything of a notification is selected (RFC 5277, 3.6).
    bool selects(const yang::Tree& notification) const;

private:
    std::shared_ptr<const yang::Tree> tree_;
    std::string expression_;
};

} // namespace agent
