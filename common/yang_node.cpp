#include "common/yang.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <cstring>

namespace yang {

namespace {

bool named(const lyd_node* node, std::string_view name)
{
    return name == LYD_NAME(node);
}

const lyd_node* childNamed(const lyd_node* node, std::string_view name)
{
    for (const lyd_node* child = lyd_child(node); child; child = child->next) {
        if (named(child, name)) {
            return child;
        }
    }
    return nullptr;
}

/// Whether the order of the instances means nothing.
bool ordered(const lyd_node* node)
{
    return node->schema && (node->schema->nodetype & (LYS_LIST | LYS_LEAFLIST))
        && !orderedByUser(node);
}

/// Whether it says nothing that the schema does not say without it.
bool implied(const lyd_node* node)
{
    return (node->flags & LYD_DEFAULT)
        || (node->schema && (node->schema->nodetype & LYD_NODE_TERM) && lyd_is_default(node));
}

bool emptyContainer(const lyd_node* node, const std::string& canonical)
{
    return node->schema && node->schema->nodetype == LYS_CONTAINER
        && !(node->schema->flags & LYS_PRESENCE) && canonical.ends_with("{\n}\n")
        && canonical.size() == strlen(LYD_NAME(node)) + 4;
}

void canonicalInto(const lyd_node* node, std::string& out)
{
    out += LYD_NAME(node);
    if (node->schema && (node->schema->nodetype & LYD_NODE_TERM)) {
        out += '=';
        for (const char c : std::string_view(lyd_get_value(node))) {
            if (c == '\n' || c == '\\') {
                out += '\\';
            }
            out += c == '\n' ? 'n' : c;
        }
        out += '\n';
        return;
    }
    out += "{\n";
    std::vector<std::string> pending; // a run of system-ordered instances of one schema node
    const lyd_node* child = lyd_child(node);
    while (child) {
        std::string text;
        if (!implied(child)) {
            canonicalInto(child, text);
        }
        const bool sorts = ordered(child);
        if (!emptyContainer(child, text)) {
            pending.push_back(std::move(text));
        }
        const lyd_node* next = child->next;
        if (!sorts || !next || next->schema != child->schema) {
            std::ranges::sort(pending);
            for (const std::string& one : pending) {
                out += one;
            }
            pending.clear();
        }
        child = next;
    }
    if (node->schema && (node->schema->nodetype & LYS_ANYDATA)) {
        if (const auto content = Node(const_cast<lyd_node*>(node)).content()) {
            for (const Node& each : content->siblings()) {
                canonicalInto(each.raw(), out);
            }
        }
    }
    out += "}\n";
}

} // namespace

Node Node::container(const char* name) const
{
    if (const lyd_node* there = childNamed(node_, name)) {
        return Node(const_cast<lyd_node*>(there));
    }
    lyd_node* made = nullptr;
    check(lyd_new_inner(node_, nullptr, name, false, &made), LYD_CTX(node_), name);
    return Node(made);
}

Node Node::entry(const char* list, std::span<const std::string> keys) const
{
    // lyd_new_list takes as many keys as the schema says and looks at no more of its arguments.
    const char* key[4] = { "", "", "", "" };
    size_t given = 0;
    for (const std::string& one : keys) {
        if (given < std::size(key)) {
            key[given] = one.c_str();
        }
        ++given;
    }
    const lysc_node* schema
        = lys_find_child(node_->schema, node_->schema->module, list, 0, LYS_LIST, 0);
    size_t wanted = 0;
    for (const lysc_node* each = schema ? lysc_node_child(schema) : nullptr; each;
         each = each->next) {
        wanted += lysc_is_key(each) ? 1 : 0;
    }
    if (!schema || wanted != given || given > std::size(key)) {
        throw Error("no list " + std::string(list) + " with " + std::to_string(given) + " keys in "
            + LYD_NAME(node_));
    }
    lyd_node* made = nullptr;
    check(lyd_new_list(node_, nullptr, list, false, &made, key[0], key[1], key[2], key[3]),
        LYD_CTX(node_), list);
    return Node(made);
}

void Node::leaf(const char* name, const std::string& value) const
{
    check(lyd_new_term(node_, nullptr, name, value.c_str(), false, nullptr), LYD_CTX(node_), name);
}

void Node::anydata(const char* name, Node content) const
{
    lyd_node* copy = nullptr;
    check(lyd_dup_single(content.raw(), nullptr, LYD_DUP_RECURSIVE, &copy), LYD_CTX(node_), name);
    const LY_ERR rc = newAny(node_, nullptr, name, copy, nullptr);
    if (rc != LY_SUCCESS) {
        lyd_free_all(copy);
    }
    check(rc, LYD_CTX(node_), name);
}

void Node::remove() const
{
    lyd_free_tree(node_);
}

std::string Node::name() const
{
    return LYD_NAME(node_);
}

std::string Node::module() const
{
    const lys_module* module = lyd_owner_module(node_);
    return module ? module->name : "";
}

std::string Node::value() const
{
    const char* text = lyd_get_value(node_);
    return text ? text : "";
}

std::string Node::local() const
{
    std::string all = value();
    if (isLeaf()) {
        const lyd_value* of = &reinterpret_cast<const lyd_node_term*>(node_)->value;
        while (of->realtype->basetype == LY_TYPE_UNION) {
            of = &of->subvalue->value;
        }
        if (of->realtype->basetype == LY_TYPE_IDENT) {
            return all.substr(all.find(':') + 1);
        }
    }
    return all;
}

std::optional<std::string> Node::value(std::string_view child) const
{
    const lyd_node* found = childNamed(node_, child);
    return found ? std::optional(Node(const_cast<lyd_node*>(found)).value()) : std::nullopt;
}

std::string Node::valueOr(std::string_view child, std::string_view otherwise) const
{
    return value(child).value_or(std::string(otherwise));
}

std::vector<std::string> Node::values(std::string_view child) const
{
    std::vector<std::string> out;
    for (const Node& one : children(child)) {
        out.push_back(one.value());
    }
    return out;
}

std::optional<Node> Node::child(std::string_view name) const
{
    const lyd_node* found = childNamed(node_, name);
    return found ? std::optional(Node(const_cast<lyd_node*>(found))) : std::nullopt;
}

std::optional<Node> Node::parent() const
{
    lyd_node* up = lyd_parent(node_);
    return up ? std::optional(Node(up)) : std::nullopt;
}

std::vector<Node> Node::children() const
{
    std::vector<Node> out;
    for (lyd_node* child = lyd_child(node_); child; child = child->next) {
        out.emplace_back(child);
    }
    return out;
}

std::vector<Node> Node::children(std::string_view name) const
{
    std::vector<Node> out;
    for (lyd_node* child = lyd_child(node_); child; child = child->next) {
        if (named(child, name)) {
            out.emplace_back(child);
        }
    }
    return out;
}

std::vector<Node> Node::siblings() const
{
    std::vector<Node> out;
    for (lyd_node* one = lyd_first_sibling(node_); one; one = one->next) {
        out.emplace_back(one);
    }
    return out;
}

bool Node::isList() const
{
    return node_->schema && node_->schema->nodetype == LYS_LIST;
}

bool Node::isLeaf() const
{
    return node_->schema && (node_->schema->nodetype & LYD_NODE_TERM);
}

bool Node::implied() const
{
    return node_->flags & LYD_DEFAULT;
}

bool Node::described() const
{
    const lyd_node* each = nullptr;
    LYD_TREE_DFS_BEGIN(node_, each)
    {
        if (!each->schema) {
            return false;
        }
        LYD_TREE_DFS_END(node_, each)
    }
    return true;
}

std::optional<Node> Node::content() const
{
    if (!node_->schema || !(node_->schema->nodetype & LYS_ANYDATA)) {
        return std::nullopt;
    }
    const auto* any = reinterpret_cast<const lyd_node_any*>(node_);
    if (any->value_type != LYD_ANYDATA_DATATREE || !any->value.tree) {
        return std::nullopt;
    }
    return Node(any->value.tree);
}

std::vector<Node> Node::select(const std::string& xpath) const
{
    ly_set* found = nullptr;
    check(lyd_find_xpath(node_, xpath.c_str(), &found), LYD_CTX(node_), xpath);
    const std::unique_ptr<ly_set, void (*)(ly_set*)> guard(
        found, [](ly_set* set) { ly_set_free(set, nullptr); });
    std::vector<Node> out;
    for (uint32_t i = 0; i < found->count; ++i) {
        out.emplace_back(found->dnodes[i]);
    }
    return out;
}

bool Node::test(const std::string& xpath) const
{
    ly_bool result = 0;
    check(lyd_eval_xpath(node_, xpath.c_str(), &result), LYD_CTX(node_), xpath);
    return result;
}

std::string Node::path() const
{
    const Text text(lyd_path(node_, LYD_PATH_STD, nullptr, 0));
    return text ? text.get() : "";
}

std::string Node::canonical() const
{
    std::string out;
    canonicalInto(node_, out);
    return out;
}

std::string Node::print(Format format) const
{
    char* out = nullptr;
    check(lyd_print_mem(&out, node_, format == Format::Json ? LYD_JSON : LYD_XML, 0), nullptr,
        "print");
    const Text text(out);
    return text ? text.get() : "";
}

std::string diffOperation(Node node)
{
    for (const lyd_node* at = node.raw(); at; at = lyd_parent(at)) {
        for (const lyd_meta* meta = at->meta; meta; meta = meta->next) {
            if (strcmp(meta->name, "operation") == 0
                && strcmp(meta->annotation->module->name, "yang") == 0) {
                const char* said = lyd_get_meta_value(meta);
                if (at != node.raw() && strcmp(said, "none") == 0) {
                    return "none";
                }
                return said;
            }
        }
    }
    return "none";
}

} // namespace yang
