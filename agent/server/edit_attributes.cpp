#include "agent/server/edit_attributes.h"
#include "agent/server/instance_path.h"
#include "common/text.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <cstring>

namespace agent {

namespace {

constexpr std::pair<const char*, EditOperation> Operations[] = {
    { "merge", EditOperation::Merge },
    { "replace", EditOperation::Replace },
    { "create", EditOperation::Create },
    { "delete", EditOperation::Delete },
    { "remove", EditOperation::Remove },
    { "none", EditOperation::None },
};

const char* attribute(const lyd_node* node, const char* module, const char* name)
{
    if (node->schema) {
        const lyd_meta* const meta
            = lyd_find_meta(node->meta, nullptr, (std::string(module) + ":" + name).c_str());
        return meta ? lyd_get_meta_value(meta) : nullptr;
    }
    const lys_module* const of = ly_ctx_get_module_implemented(LYD_CTX(node), module);
    const auto* const opaque = reinterpret_cast<const lyd_node_opaq*>(node);
    for (const lyd_attr* attr = opaque->attr; attr; attr = attr->next) {
        if (strcmp(attr->name.name, name) == 0 && attr->name.module_ns && of
            && strcmp(attr->name.module_ns, of->ns) == 0) {
            return attr->value;
        }
    }
    return nullptr;
}

RpcError wrongAttribute(
    const char* tag, const char* name, const lyd_node* edit, const std::string& message)
{
    RpcError error(tag, message, edit->schema ? pathOf(edit) : pathOfOpaque(edit));
    error.info = { { "bad-attribute", name }, { "bad-element", LYD_NAME(edit) } };
    return error;
}

RpcError wrongElement(
    const char* tag, const lyd_node* edit, const std::string& element, const std::string& message)
{
    RpcError error(tag, message, pathOfOpaque(edit));
    error.info.emplace_back("bad-element", element);
    return error;
}

const lys_module* moduleOf(const lyd_node* opaque)
{
    const char* const ns = reinterpret_cast<const lyd_node_opaq*>(opaque)->name.module_ns;
    return ns ? ly_ctx_get_module_implemented_ns(LYD_CTX(opaque), ns) : nullptr;
}

const lysc_node* schemaOf(const lyd_node* node)
{
    if (!node || node->schema) {
        return node ? node->schema : nullptr;
    }
    const lyd_node* const parent = lyd_parent(node);
    const lysc_node* const up = schemaOf(parent);
    const lys_module* const module = moduleOf(node);
    return module && (up || !parent) ? lys_find_child(up, module, LYD_NAME(node), 0, 0, 0)
                                     : nullptr;
}

/// What libyang says about a value that it does not accept.
std::string complaint(const lyd_node* edit, const lysc_node* schema)
{
    const char* const value = lyd_get_value(edit);
    const LY_ERR rc = lyd_value_validate(
        LYD_CTX(edit), schema, value, strlen(value), nullptr, nullptr, nullptr);
    const char* const said = rc == LY_SUCCESS ? nullptr : yang::lastMessage(LYD_CTX(edit));
    return said ? said : "invalid value " + text::quoted(value);
}

[[noreturn]] void refuse(const lyd_node* edit, const lysc_node* schema)
{
    if (schema->nodetype & LYD_NODE_TERM) {
        throw RpcError("invalid-value", complaint(edit, schema), pathOfOpaque(edit));
    }
    if (schema->nodetype == LYS_LIST) {
        for (const lysc_node* key = lysc_node_child(schema); key && lysc_is_key(key);
             key = key->next) {
            const lyd_node* child = lyd_child(edit);
            while (child && strcmp(LYD_NAME(child), key->name) != 0) {
                child = child->next;
            }
            if (!child) {
                throw wrongElement("missing-element", edit, key->name,
                    "the key " + std::string(key->name) + " is missing");
            }
            const char* const value = lyd_get_value(child);
            if (lyd_value_validate(
                    LYD_CTX(edit), key, value, strlen(value), nullptr, nullptr, nullptr)
                != LY_SUCCESS) {
                throw RpcError("invalid-value", complaint(child, key), pathOfOpaque(child));
            }
        }
    }
    throw wrongElement("bad-element", edit, LYD_NAME(edit), "it is not as its schema says");
}

} // namespace

std::optional<EditOperation> operationOf(const lyd_node* edit)
{
    const char* const value = attribute(edit, "ietf-netconf", "operation");
    if (!value) {
        return std::nullopt;
    }
    for (const auto& [name, operation] : Operations) {
        if (strcmp(value, name) == 0 && operation != EditOperation::None) {
            return operation;
        }
    }
    throw wrongAttribute("bad-attribute", "operation", edit,
        text::quoted(value) + " is no operation of edit-config");
}

std::optional<Place> placeOf(const lyd_node* edit)
{
    const char* const insert = attribute(edit, "yang", "insert");
    if (!insert) {
        return std::nullopt;
    }
    const bool list = edit->schema->nodetype == LYS_LIST;
    if (!yang::orderedByUser(edit)) {
        throw wrongAttribute(
            "bad-attribute", "insert", edit, "only entries that a user orders have a place");
    }
    Place place;
    const std::string where = insert;
    place.where = where == "first" ? Place::First
        : where == "before"        ? Place::Before
        : where == "after"         ? Place::After
                                   : Place::Last;
    if (place.where == Place::First || place.where == Place::Last) {
        return place;
    }
    const char* const name = list ? "key" : "value";
    const char* const anchor = attribute(edit, "yang", name);
    if (!anchor) {
        throw wrongAttribute(
            "missing-attribute", name, edit, "it must be said which entry to stand beside");
    }
    place.anchor = anchor;
    if (!list) {
        place.keys.emplace_back("", anchor);
        return place;
    }
    const auto keys = parseKeys(anchor);
    if (!keys || keys->empty()) {
        throw wrongAttribute(
            "bad-attribute", name, edit, text::quoted(anchor) + " is no key of an entry");
    }
    place.keys = *keys;
    return place;
}

bool isAnchor(const Place& place, const lyd_node* entry)
{
    return !place.keys.empty() && std::ranges::all_of(place.keys, [&](const auto& key) {
        if (key.first.empty()) {
            return key.second == lyd_get_value(entry);
        }
        return yang::Node(const_cast<lyd_node*>(entry)).value(key.first) == key.second;
    });
}

std::string pathOfOpaque(const lyd_node* edit)
{
    if (edit->schema) {
        return pathOf(edit);
    }
    const lyd_node* const parent = lyd_parent(edit);
    const lys_module* const module = moduleOf(edit);
    const std::string prefix = module ? module->name + std::string(":") : "";
    return (parent ? pathOfOpaque(parent) : "") + "/" + prefix + LYD_NAME(edit);
}

const lysc_node* schemaOfOpaque(const lyd_node* edit, bool deletes)
{
    const char* const ns = reinterpret_cast<const lyd_node_opaq*>(edit)->name.module_ns;
    const lyd_node* const parent = lyd_parent(edit);
    if (!moduleOf(edit)) {
        RpcError error("unknown-namespace",
            "namespace " + text::quoted(ns ? ns : "") + " is not known",
            parent ? pathOfOpaque(parent) : "");
        error.info = { { "bad-element", LYD_NAME(edit) }, { "bad-namespace", ns ? ns : "" } };
        throw error;
    }
    const lysc_node* const schema = schemaOf(edit);
    if (!schema || (schema->flags & LYS_CONFIG_R)) {
        throw wrongElement("unknown-element", edit, LYD_NAME(edit),
            schema ? "state data cannot be configured"
                   : "there is no element " + text::quoted(LYD_NAME(edit)) + " here");
    }
    // A key is deleted with its entry only (RFC 7950, 7.8.5): beside the key that names the entry,
    // another one without a value would take it away.
    if (deletes && schema->nodetype == LYS_LEAF && !lysc_is_key(schema)
        && text::trim(lyd_get_value(edit)).empty()) {
        return schema;
    }
    refuse(edit, schema);
}

} // namespace agent
