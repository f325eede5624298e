// What of data a filter selects, copied.
#include "agent/server/filter.h"
#include "agent/server/filter_pattern.h"
#include "agent/server/rpc_error.h"
#include "common/text.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_map>
#include <unordered_set>

namespace agent {

namespace {

using Pattern = Filter::Pattern;
using Sought = std::vector<const Pattern*>;

// Subtree filtering.

bool matchesValue(const Pattern& pattern, const lyd_node* leaf)
{
    return !pattern.content || *pattern.content == lyd_get_value(leaf);
}

/// Whether a data node has all the values that the pattern asks of its children.
bool holds(const Pattern& pattern, const lyd_node* node)
{
    return std::ranges::all_of(pattern.children, [&](const Pattern& wanted) {
        if (!wanted.content) {
            return true;
        }
        for (const lyd_node* child = lyd_child(node); child; child = child->next) {
            if (!wanted.names(child->schema) || !(child->schema->nodetype & LYD_NODE_TERM)) {
                continue;
            }
            if (matchesValue(wanted, child)) {
                return true;
            }
            if (lysc_is_key(child->schema) && !wanted.module.empty()) {
                return false; // there is no other of that name
            }
        }
        return false;
    });
}

bool selectsWhole(const Pattern& pattern)
{
    return std::ranges::all_of(
        pattern.children, [](const Pattern& child) { return child.content.has_value(); });
}

constexpr uint32_t Whole = LYD_DUP_RECURSIVE | LYD_DUP_WITH_FLAGS;

/// Copies into `parent`, or beside `first` if that is null.
lyd_node* copyInto(const lyd_node* node, uint32_t options, lyd_node* parent, lyd_node*& first)
{
    lyd_node* copy = nullptr;
    yang::check(lyd_dup_single(node, reinterpret_cast<lyd_node_inner*>(parent), options, &copy),
        LYD_CTX(node), "filter");
    if (!parent) {
        lyd_insert_sibling(first, copy, &first);
    }
    return copy;
}

/// Removes what is deeper below a node than `levels`; it itself is the first.
void prune(lyd_node* node, uint32_t levels)
{
    const uint32_t flags = node->flags;
    for (lyd_node* child = lyd_child_no_keys(node); child;) {
        lyd_node* const next = child->next;
        if (levels == 1) {
            lyd_free_tree(child);
        } else {
            prune(child, levels - 1);
        }
        child = next;
    }
    node->flags = flags; // or a container that is empty now would count as a default, and not show
}

/// A selected node with what is below it, at most `depth` levels if that is not 0.
void copySelected(const lyd_node* node, uint32_t depth, lyd_node* parent, lyd_node*& first)
{
    lyd_node* const copy = copyInto(node, Whole, parent, first);
    if (depth != 0) {
        prune(copy, depth);
        for (lyd_node* up = parent; up && !(copy->flags & LYD_DEFAULT); up = lyd_parent(up)) {
            up->flags &= ~static_cast<uint32_t>(LYD_DEFAULT);
        }
    }
}

Sought namedOf(const Sought& sought, const lysc_node* schema)
{
    Sought named;
    std::ranges::copy_if(sought, std::back_inserter(named),
        [&](const Pattern* pattern) { return pattern->names(schema); });
    return named;
}

/// The only entry that a pattern with a value for each key can select, null if it is not there;
/// nothing if the pattern may select others. libyang finds it by hash.
std::optional<const lyd_node*> entryOf(const Pattern& pattern, const lyd_node* among)
{
    const lysc_node* const schema = among->schema;
    if (schema->nodetype != LYS_LIST || (schema->flags & LYS_KEYLESS)) {
        return std::nullopt;
    }
    std::string keys;
    for (const lysc_node* key = lysc_node_child(schema); key && lysc_is_key(key); key = key->next) {
        const auto value = std::ranges::find_if(pattern.children,
            [&](const Pattern& child) { return child.content && child.names(key); });
        if (value == pattern.children.end()) {
            return std::nullopt;
        }
        const char quote = value->content->find('\'') == std::string::npos ? '\'' : '"';
        if (value->content->find(quote) != std::string::npos) {
            return std::nullopt;
        }
        keys.append("[").append(key->name).append("=") += quote;
        keys.append(*value->content) += quote;
        keys += ']';
    }
    lyd_node* found = nullptr;
    const LY_ERR rc = lyd_find_sibling_val(among, schema, keys.c_str(), keys.size(), &found);
    return rc == LY_SUCCESS ? found : nullptr;
}

/// Copies what is selected of the patterns, as far down as `depth` says.
struct Picking {
    uint32_t depth;

    bool pick(const Sought& sought, const lyd_node* node, lyd_node* parent, lyd_node*& first) const;
    bool pickNamed(
        const Sought& named, const lyd_node* node, lyd_node* parent, lyd_node*& first) const;
    bool pickInner(
        const Sought& named, const lyd_node* node, lyd_node* parent, lyd_node*& first) const;
};

bool Picking::pickInner(
    const Sought& named, const lyd_node* node, lyd_node* parent, lyd_node*& first) const
{
    Sought below;
    for (const Pattern* pattern : named) {
        if (!holds(*pattern, node)) {
            continue;
        }
        if (selectsWhole(*pattern)) {
            copySelected(node, depth, parent, first);
            return true;
        }
        for (const Pattern& child : pattern->children) {
            below.push_back(&child);
        }
    }
    if (below.empty()) {
        return false;
    }
    lyd_node* const copy = copyInto(node, LYD_DUP_WITH_FLAGS, parent, first); // with keys of a list
    bool any = false;
    lyd_node* unused = nullptr;
    for (const lyd_node* child = lyd_child(node); child;) {
        const lysc_node* const schema = child->schema;
        const Sought here = namedOf(below, schema);
        const auto only = here.size() == 1 ? entryOf(*here.front(), child) : std::nullopt;
        any = (only && *only && pickNamed(here, *only, copy, unused)) || any;
        for (; child && child->schema == schema; child = child->next) {
            any = (!here.empty() && !only && pickNamed(here, child, copy, unused)) || any;
        }
    }
    if (!any) {
        if (first == copy) {
            first = copy->next;
        }
        lyd_free_tree(copy);
    }
    return any;
}

bool Picking::pick(
    const Sought& sought, const lyd_node* node, lyd_node* parent, lyd_node*& first) const
{
    const Sought named = namedOf(sought, node->schema);
    return !named.empty() && pickNamed(named, node, parent, first);
}

bool Picking::pickNamed(
    const Sought& named, const lyd_node* node, lyd_node* parent, lyd_node*& first) const
{
    if (node->schema->nodetype & (LYS_CONTAINER | LYS_LIST | LYS_NOTIF)) {
        return pickInner(named, node, parent, first);
    }
    const bool leaf = (node->schema->nodetype & LYD_NODE_TERM) != 0;
    if (leaf
        && std::ranges::none_of(named, [&](const Pattern* p) { return matchesValue(*p, node); })) {
        return false;
    }
    if (!lysc_is_key(node->schema)) { // keys are there already
        copyInto(node, Whole, parent, first);
    }
    return true;
}

// XPath.

using Found = std::unique_ptr<ly_set, void (*)(ly_set*)>;

Found evaluate(const lyd_node* first, const std::string& expression)
{
    ly_set* found = nullptr;
    const LY_ERR rc = yang::findFromRoot(first, expression.c_str(), &found);
    Found guard(found, [](ly_set* set) { ly_set_free(set, nullptr); });
    if (rc != LY_SUCCESS) {
        const char* const said = yang::lastMessage(LYD_CTX(first));
        throw RpcError("invalid-value",
            "filter " + text::quoted(expression) + ": " + (said ? said : "not an XPath"));
    }
    return guard;
}

/// Copies selected nodes with their ancestors; each ancestor once.
class Gathering {
public:
    void add(const lyd_node* node)
    {
        for (const lyd_node* up = node; up; up = lyd_parent(up)) {
            if (whole_.contains(up)) {
                return;
            }
        }
        if (lysc_is_key(node->schema)) {
            ancestor(lyd_parent(node));
            return;
        }
        if (ancestors_.contains(node)) {
            return; // cannot be: a set is in document order
        }
        const lyd_node* const up = lyd_parent(node);
        copySelected(node, depth_, up ? ancestor(up) : nullptr, first_);
        whole_.insert(node);
    }
    lyd_node* release() { return std::exchange(first_, nullptr); }
    ~Gathering() { lyd_free_all(first_); }
    explicit Gathering(uint32_t depth)
        : depth_(depth)
    {
    }
    Gathering(const Gathering&) = delete;
    Gathering& operator=(const Gathering&) = delete;

private:
    lyd_node* ancestor(const lyd_node* node)
    {
        lyd_node*& copy = ancestors_[node];
        if (!copy) {
            const lyd_node* const up = lyd_parent(node);
            lyd_node* const parent = up ? ancestor(up) : nullptr;
            ancestors_[node] = copyInto(node, LYD_DUP_WITH_FLAGS, parent, first_);
        }
        return ancestors_[node];
    }

    uint32_t depth_;
    std::unordered_map<const lyd_node*, lyd_node*> ancestors_;
    std::unordered_set<const lyd_node*> whole_;
    lyd_node* first_ = nullptr;
};

} // namespace

yang::Tree Filter::apply(const lyd_node* first) const
{
    if (!first) {
        return {};
    }
    lyd_node* out = nullptr;
    if (!patterns_ && expression_.empty()) {
        for (const lyd_node* node = first; node; node = node->next) {
            copySelected(node, depth_, nullptr, out);
        }
        return yang::Tree(out);
    }
    if (patterns_) {
        Sought sought;
        for (const Pattern& pattern : *patterns_) {
            sought.push_back(&pattern);
        }
        for (const lyd_node* node = first; node; node = node->next) {
            Picking { depth_ }.pick(sought, node, nullptr, out);
        }
        return yang::Tree(out);
    }
    if (far_) {
        checkOverSchema(LYD_CTX(first), expression_);
    }
    const Found found = evaluate(first, expression_);
    Gathering gathering(depth_);
    for (uint32_t i = 0; i < found->count; ++i) {
        gathering.add(found->dnodes[i]);
    }
    return yang::Tree(gathering.release());
}

bool Filter::selects(const yang::Tree& notification) const
{
    if (everything()) {
        return true;
    }
    if (!notification) {
        return false;
    }
    try {
        return static_cast<bool>(apply(notification));
    } catch (const RpcError&) { // boundary: an expression that gives no nodes selects nothing
        return false;
    }
}

} // namespace agent
