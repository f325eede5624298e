// Configuration of which some is about modules that are no more.
#include "common/yang.h"
#include "common/yang_internal.h"

#include <cstring>

namespace yang {

namespace {

std::string schemaPath(const lyd_node* node)
{
    const Text text(
        node && node->schema ? lysc_path(node->schema, LYSC_PATH_DATA, nullptr, 0) : nullptr);
    return text ? text.get() : "";
}

/// The key of an entry that no schema describes, if it is an identity of a module that is not
/// known.
std::optional<std::string> unknownKey(const lyd_node* entry, const std::string& list)
{
    const lysc_node* const schema = lys_find_path(LYD_CTX(entry), nullptr, list.c_str(), 0);
    const lysc_node* const key = schema ? lysc_node_child(schema) : nullptr;
    for (const lyd_node* leaf = lyd_child(entry); key && leaf; leaf = leaf->next) {
        const std::string value = lyd_get_value(leaf) ? lyd_get_value(leaf) : "";
        const size_t colon = value.find(':');
        if (strcmp(LYD_NAME(leaf), key->name) == 0 && colon != value.npos
            && !ly_ctx_get_module_implemented(LYD_CTX(entry), value.substr(0, colon).c_str())) {
            return value;
        }
    }
    return std::nullopt;
}

/// What libyang could make nothing of is removed if it is an entry of the list. False if there is
/// something else.
bool removeUnknown(lyd_node* parent, const std::string& list, std::vector<std::string>& lost)
{
    lyd_node* next = nullptr;
    for (lyd_node* child = lyd_child(parent); child; child = next) {
        next = child->next;
        if (child->schema) {
            if (!removeUnknown(child, list, lost)) {
                return false;
            }
            continue;
        }
        const auto key = schemaPath(parent) + "/" + LYD_NAME(child) == list
            ? unknownKey(child, list)
            : std::nullopt;
        if (!key) {
            return false;
        }
        lost.push_back(*key);
        lyd_free_tree(child);
    }
    return true;
}

/// Nothing if that is not all that is wrong with it.
Tree withoutUnknown(const Context& context, const std::string& json, const std::string& list,
    std::vector<std::string>& lost)
{
    lyd_node* root = nullptr;
    lyd_parse_data_mem(context.raw(), json.c_str(), LYD_JSON,
        LYD_PARSE_ONLY | LYD_PARSE_OPAQ | LYD_PARSE_NO_STATE, 0, &root);
    Tree tree(root);
    for (lyd_node* top = root; top; top = top->next) {
        if (!top->schema || !removeUnknown(top, list, lost)) {
            return {};
        }
    }
    return lost.empty() ? Tree() : std::move(tree);
}

} // namespace

Tree Tree::parseConfigKnown(const Context& context, std::string_view json, const std::string& list,
    std::vector<std::string>& lost, bool validate)
{
    std::vector<std::string> unknown;
    Tree tree;
    try {
        return validate ? parseConfig(context, json) : parse(context, json, Format::Json, false);
    } catch (const Error&) { // its text is exact, if it is not about entries of the list
        tree = withoutUnknown(context, std::string(json), list, unknown);
        if (!tree) {
            throw;
        }
    }
    lost.insert(lost.end(), unknown.begin(), unknown.end());
    if (!validate) {
        return tree;
    }
    lyd_node* root = tree.release();
    const LY_ERR rc = lyd_validate_all(&root, context.raw(), LYD_VALIDATE_NO_STATE, nullptr);
    tree = Tree(root);
    check(rc, context.raw(), "not a valid configuration");
    return tree;
}

} // namespace yang
