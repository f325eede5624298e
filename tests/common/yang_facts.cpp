#include "tests/common/yang_facts.h"

#include "common/yang_internal.h"

#include <span>

namespace {

/// What a sized array of libyang holds.
template <typename T> std::span<T> all(T* array)
{
    return { array, array ? static_cast<size_t>(LY_ARRAY_COUNT(array)) : 0 };
}

std::string conditions(lysp_qname* features)
{
    std::string out;
    for (const lysp_qname& one : all(features)) {
        out += std::string(" {") + one.str + "}";
    }
    return out;
}

std::string rangeOf(const lysc_range* range)
{
    std::string out;
    for (const auto& part : all(range ? range->parts : nullptr)) {
        out += " " + std::to_string(part.min_u64) + ".." + std::to_string(part.max_u64);
    }
    return out;
}

/// What the name of a type does not say. Patterns and lengths are left to the modules that have
/// them.
std::string detailsOf(lysc_type* type)
{
    std::string out;
    switch (type->basetype) {
    case LY_TYPE_UINT8:
    case LY_TYPE_UINT16:
    case LY_TYPE_UINT32:
    case LY_TYPE_UINT64:
        return rangeOf(reinterpret_cast<lysc_type_num*>(type)->range);
    case LY_TYPE_ENUM:
        for (const auto& one : all(reinterpret_cast<lysc_type_enum*>(type)->enums)) {
            out += std::string(" ") + one.name + "=" + std::to_string(one.value);
        }
        return out;
    case LY_TYPE_BITS:
        for (const auto& one : all(reinterpret_cast<lysc_type_bits*>(type)->bits)) {
            out += std::string(" ") + one.name + "=" + std::to_string(one.position);
        }
        return out;
    case LY_TYPE_IDENT:
        for (const auto* base : all(reinterpret_cast<lysc_type_identityref*>(type)->bases)) {
            out += std::string(" ") + base->module->name + ":" + base->name;
        }
        return out;
    case LY_TYPE_LEAFREF: {
        const auto* const reference = reinterpret_cast<lysc_type_leafref*>(type);
        return std::string(" ") + lyxp_get_expr(reference->path)
            + (reference->require_instance ? "" : " require-instance=false");
    }
    case LY_TYPE_UNION:
        for (lysc_type* one : all(reinterpret_cast<lysc_type_union*>(type)->types)) {
            out += " (" + detailsOf(one) + " )";
        }
        return out;
    default:
        return out;
    }
}

std::string defaultOf(const lysc_node& node, const lyd_value* value)
{
    return std::string(" default ") + lyd_value_get_canonical(node.module->ctx, value);
}

std::string pathOf(const lysc_node& node)
{
    const bool other = !node.parent || node.parent->module != node.module;
    return (node.parent ? pathOf(*node.parent) : "")
        + (other ? "/" + std::string(node.module->name) + ":" : "/") + node.name;
}

std::string factsOf(lysc_node& node)
{
    const auto& parsed = *static_cast<lysp_node*>(node.priv);
    std::string out = pathOf(node) + " " + lys_nodetype2str(node.nodetype);
    if (node.nodetype == LYS_LEAF) {
        const auto& leaf = reinterpret_cast<lysc_node_leaf&>(node);
        out += std::string(" ") + reinterpret_cast<const lysp_node_leaf&>(parsed).type.name
            + detailsOf(leaf.type) + (leaf.dflt ? defaultOf(node, leaf.dflt) : "")
            + (leaf.units ? std::string(" units ") + leaf.units : "");
    } else if (node.nodetype == LYS_LEAFLIST) {
        const auto& leaf = reinterpret_cast<lysc_node_leaflist&>(node);
        out += std::string(" ") + reinterpret_cast<const lysp_node_leaflist&>(parsed).type.name
            + detailsOf(leaf.type) + (leaf.units ? std::string(" units ") + leaf.units : "");
        for (const lyd_value* value : all(leaf.dflts)) {
            out += defaultOf(node, value);
        }
    } else if (node.nodetype == LYS_LIST) {
        const auto& list = reinterpret_cast<lysc_node_list&>(node);
        out += list.min ? " min-elements " + std::to_string(list.min) : "";
        // As it is written: versions of libyang disagree on state data.
        out += parsed.flags & LYS_ORDBY_USER ? " ordered-by user" : "";
    } else if (node.nodetype == LYS_CONTAINER) {
        out += node.flags & LYS_PRESENCE ? " presence" : "";
    }
    out += node.flags & LYS_CONFIG_W ? " rw" : node.flags & LYS_CONFIG_R ? " ro" : "";
    out += node.flags & LYS_KEY ? " key" : node.flags & LYS_MAND_TRUE ? " mandatory" : "";
    out += node.flags & LYS_STATUS_CURR ? "" : " not current";
    if (const auto* const when = lysc_node_when(&node)) {
        for (const lysc_when* one : std::span(when, LY_ARRAY_COUNT(when))) {
            out += std::string(" when ") + lyxp_get_expr(one->cond);
        }
    }
    for (const lysc_must& one : all(lysc_node_musts(&node))) {
        out += std::string(" must ") + lyxp_get_expr(one.cond);
    }
    for (const lysp_ext_instance& one : all(parsed.exts)) {
        out += std::string(" [") + one.name + (one.argument ? std::string(" ") + one.argument : "")
            + "]";
    }
    return out + conditions(parsed.iffeatures);
}

struct Listing {
    const lys_module* module;
    std::string text;

    void add(const std::string& line) { text += line + "\n"; }
    void addTree(const lysc_node* root) { lysc_tree_dfs_full(root, visit, this); }

    static LY_ERR visit(lysc_node* node, void* to, ly_bool*)
    {
        auto& listing = *static_cast<Listing*>(to);
        // input, output, and cases that the module leaves out, are not parsed nodes
        const bool written = node->priv && !(node->nodetype & (LYS_INPUT | LYS_OUTPUT));
        if (node->module == listing.module && written) {
            listing.add(factsOf(*node));
        }
        return LY_SUCCESS;
    }
};

} // namespace

std::string factsOf(const yang::Context& context, const std::string& module)
{
    yang::check(ly_ctx_set_options(context.raw(), LY_CTX_SET_PRIV_PARSED), context.raw(), module);
    Listing out { ly_ctx_get_module_implemented(context.raw(), module.c_str()), {} };
    if (!out.module) {
        throw yang::Error("module " + module + " is not implemented");
    }
    const lysp_module& parsed = *out.module->parsed;
    out.add(std::string("module ") + module + " " + out.module->revision + " prefix "
        + out.module->prefix + " " + out.module->ns);
    for (const lysp_feature& one : all(parsed.features)) {
        out.add(std::string("feature ") + one.name + conditions(one.iffeatures));
    }
    for (const lysp_ext& one : all(parsed.extensions)) {
        out.add(std::string("extension ") + one.name
            + (one.argname ? std::string(" ") + one.argname : ""));
    }
    for (const lysp_ident& one : all(parsed.identities)) {
        std::string line = std::string("identity ") + one.name;
        for (const char* base : all(one.bases)) {
            line += std::string(" ") + base;
        }
        out.add(line + conditions(one.iffeatures));
    }
    uint32_t index = 0;
    while (const lys_module* const other = ly_ctx_get_module_iter(context.raw(), &index)) {
        if (other->implemented) {
            lysc_module_dfs_full(other, Listing::visit, &out);
        }
    }
    for (const lysc_ext_instance& one : all(out.module->compiled->exts)) {
        out.add(std::string("extension instance ") + one.def->name + " " + one.argument);
        const lysc_node* node = nullptr;
        while ((node = lys_getnext_ext(node, nullptr, &one, 0))) {
            out.addTree(node);
        }
    }
    return out.text;
}
