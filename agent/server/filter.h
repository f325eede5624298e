// Filters of <get>, <get-config> and subscriptions: subtree (RFC 6241, 6) and XPath (8.9).
#pragma once

#include "common/yang.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct lysc_node;

namespace agent {

class Filter {
public:
    /// Selects all.
    Filter() = default;
    /// Content of a subtree filter, as XML elements, possibly none (which select nothing).
    static Filter subtree(const yang::Context& context, std::string_view xml);
    /// The same, as libyang reads it in an rpc: known elements, and opaque ones for the rest.
    static Filter subtree(const yang::Context& context, const lyd_node* first);
    /// XPath 1.0 with module names as prefixes, the form that libyang gives to the value of
    /// <filter select="...">. Throws RpcError.
    static Filter xpath(const yang::Context& context, std::string_view expression);

    /// Of what is selected no more than so many levels, the selected node being the first; 0 for
    /// all of them (RFC 8526, 3.1.1: max-depth).
    Filter limited(uint32_t levels) &&;

    /// Whether it may take long to evaluate (agent/server/xpath_reach.h), or end the process that
    /// does (xpath::hasModulo).
    bool reachesFar() const { return far_; }
    /// Throws RpcError if it does: a subscription evaluates its filter again and again.
    void checkForMany() const;
    bool everything() const { return !patterns_ && expression_.empty() && depth_ == 0; }
    /// Whether data of a module may be selected; true when that is not plain to see.
    bool mayTouch(std::string_view module) const;

    /// A new tree with what of `data` is selected, ancestors and list keys included; may be empty.
    yang::Tree apply(const yang::Tree& data) const { return apply(data.raw()); }
    yang::Tree apply(const lyd_node* first) const;
    /// Whether anything of a notification is selected (RFC 5277, 3.6).
    bool selects(const yang::Tree& notification) const;

    struct Pattern;

    // What may be selected of the content of a category (agent/server/content.h): nothing, all, or
    // what only apply() can tell.
    enum class Part { None, Some, All };
    /// Of the whole content, by its schema node.
    Part partOf(const lysc_node* content) const;
    /// Whether what is above a content is selected by name alone, so that each child of it can be
    /// filtered by itself.
    bool byNames(const lysc_node* content) const;
    /// Of the children of a content, one after the other. The filter must outlive it.
    class Pieces {
    public:
        Pieces(const Filter& filter, const lysc_node* content);
        /// `xml` is the child's element.
        Part of(const lysc_node* piece, std::string_view xml);

    private:
        bool whole_ = false;
        bool together_ = false; // each depends on the others
        std::vector<const Pattern*> patterns_;
        const lysc_node* piece_ = nullptr; // the last one's schema, and what is for it
        bool pieceWhole_ = false;
        std::vector<const Pattern*> named_;
    };

private:
    std::shared_ptr<const std::vector<Pattern>> patterns_;
    std::string expression_;
    uint32_t depth_ = 0;
    bool far_ = false;
};

} // namespace agent
