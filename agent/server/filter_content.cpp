// What a filter may select of the contents of categories, before any of them is a tree.
#include "agent/server/filter_pattern.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <memory>

namespace agent {

namespace {

using Pattern = Filter::Pattern;
using Sought = std::vector<const Pattern*>;

bool within(const lysc_node* node, const lysc_node* top)
{
    while (node && node != top) {
        node = node->parent;
    }
    return node != nullptr;
}

/// Steps from the top of the schema to a node.
std::vector<const lysc_node*> pathTo(const lysc_node* node)
{
    std::vector<const lysc_node*> out;
    for (; node; node = node->parent) {
        out.insert(out.begin(), node);
    }
    return out;
}

/// Patterns for a node, if those for the nodes above select by names alone. `whole` is set when one
/// selects all of it.
Sought sought(const std::vector<Pattern>& patterns, const lysc_node* node, bool& whole)
{
    Sought at;
    for (const Pattern& pattern : patterns) {
        at.push_back(&pattern);
    }
    for (const lysc_node* const step : pathTo(node)) {
        Sought named;
        std::ranges::copy_if(
            at, std::back_inserter(named), [&](const Pattern* one) { return one->names(step); });
        whole = whole
            || std::ranges::any_of(named, [](const Pattern* one) { return one->children.empty(); });
        if (step == node) {
            return named;
        }
        at.clear();
        for (const Pattern* const one : named) {
            for (const Pattern& child : one->children) {
                at.push_back(&child);
            }
        }
    }
    return {};
}

/// Whether a leaf's text in XML is its canonical value, escaped.
bool plain(const lysc_node* leaf)
{
    if (!leaf || leaf->nodetype != LYS_LEAF) {
        return false;
    }
    switch (reinterpret_cast<const lysc_node_leaf*>(leaf)->type->basetype) {
    case LY_TYPE_STRING:
    case LY_TYPE_ENUM:
    case LY_TYPE_BOOL:
    case LY_TYPE_UINT8:
    case LY_TYPE_UINT16:
    case LY_TYPE_UINT32:
    case LY_TYPE_UINT64:
        return true;
    default:
        return false;
    }
}

/// As libyang writes it between tags.
std::string asText(const std::string& value)
{
    std::string out = ">";
    for (const char c : value) {
        out += c == '&' ? "&amp;" : c == '<' ? "&lt;" : c == '>' ? "&gt;" : std::string(1, c);
    }
    return out + "<";
}

bool mayHold(const Pattern& pattern, const lysc_node* schema, std::string_view xml)
{
    return std::ranges::all_of(pattern.children, [&](const Pattern& wanted) {
        if (!wanted.content) {
            return true;
        }
        const lysc_node* const leaf
            = lys_find_child(schema, schema->module, wanted.name.c_str(), 0, 0, 0);
        return !plain(leaf) || xml.find(asText(*wanted.content)) != xml.npos;
    });
}

/// The expression without what is in quotes.
std::string bare(const std::string& expression)
{
    std::string out;
    char quote = 0;
    for (const char c : expression) {
        if (quote != 0) {
            quote = c == quote ? 0 : quote;
        } else if (c == '\'' || c == '"') {
            quote = c;
        } else {
            out += c;
        }
    }
    return out;
}

/// Whether an XPath consists of names, with values in predicates at most: what it evaluates is then
/// what it names.
bool namesOnly(const std::string& expression)
{
    const std::string text = bare(expression);
    for (const char* const mark : { "(", "*", "//", "::", ".", "|", "$" }) {
        if (text.find(mark) != text.npos) {
            return false;
        }
    }
    const size_t predicate = std::min(text.find('['), text.size());
    return text.find("femto-security:femto-security", predicate) == text.npos
        && text.find("inventory", predicate) == text.npos;
}

} // namespace

bool Filter::Pattern::names(const lysc_node* schema) const
{
    return !never && name == schema->name && (module.empty() || module == schema->module->name);
}

bool Filter::Pattern::matches() const
{
    return std::ranges::any_of(
        children, [](const Pattern& child) { return child.content.has_value(); });
}

bool Filter::byNames(const lysc_node* content) const
{
    if (everything()) {
        return true;
    }
    if (depth_ != 0 || !patterns_
        || content->nodetype == LYS_LIST) { // keys would have to go with what is selected
        return false;
    }
    for (const lysc_node* up = content->parent; up; up = up->parent) {
        bool whole = false;
        if (std::ranges::any_of(
                sought(*patterns_, up, whole), [](const Pattern* one) { return one->matches(); })) {
            return false;
        }
    }
    return true;
}

Filter::Part Filter::partOf(const lysc_node* content) const
{
    if (!patterns_ && expression_.empty()) {
        return Part::All;
    }
    if (patterns_) {
        bool whole = false;
        const Sought named = sought(*patterns_, content, whole);
        return whole ? Part::All : named.empty() && byNames(content) ? Part::None : Part::Some;
    }
    if (!namesOnly(expression_)) {
        return Part::Some;
    }
    ly_set* found = nullptr;
    const auto finds = [&](auto* find, const auto& concerns) {
        const LY_ERR rc = find(content->module->ctx, nullptr, expression_.c_str(), 0, &found);
        const std::unique_ptr<ly_set, void (*)(ly_set*)> guard(
            found, [](ly_set* set) { ly_set_free(set, nullptr); });
        if (rc != LY_SUCCESS) {
            return true;
        }
        for (uint32_t i = 0; i < guard->count; ++i) {
            if (concerns(guard->snodes[i])) {
                return true;
            }
        }
        return false;
    };
    const bool touched
        = finds(lys_find_xpath_atoms, [&](const lysc_node* atom) { return within(atom, content); })
        || finds(lys_find_xpath, [&](const lysc_node* result) { return within(content, result); });
    return touched ? Part::Some : Part::None;
}

Filter::Pieces::Pieces(const Filter& filter, const lysc_node* content)
{
    if (filter.everything()) {
        whole_ = true;
    } else if (filter.patterns_) {
        patterns_ = sought(*filter.patterns_, content, whole_);
        together_
            = std::ranges::any_of(patterns_, [](const Pattern* one) { return one->matches(); });
    } else {
        together_ = true;
    }
}

Filter::Part Filter::Pieces::of(const lysc_node* piece, std::string_view xml)
{
    if (whole_) {
        return Part::All;
    }
    if (together_) {
        return Part::Some;
    }
    if (piece != piece_) {
        piece_ = piece;
        pieceWhole_ = false;
        named_.clear();
        for (const Pattern* const content : patterns_) {
            for (const Pattern& one : content->children) {
                if (one.names(piece)) {
                    named_.push_back(&one);
                    pieceWhole_ = pieceWhole_ || one.children.empty();
                }
            }
        }
    }
    if (pieceWhole_) {
        return Part::All;
    }
    const bool any = std::ranges::any_of(
        named_, [&](const Pattern* one) { return mayHold(*one, piece, xml); });
    return any ? Part::Some : Part::None;
}

} // namespace agent
