#include "agent/server/filter.h"
#include "agent/server/filter_pattern.h"
#include "agent/server/rpc_error.h"
#include "agent/server/xpath_reach.h"
#include "common/text.h"
#include "common/xpath_tokens.h"
#include "common/yang_internal.h"

#include <algorithm>

namespace agent {

namespace {

constexpr size_t LongestXpath = 4096; // tens of thousands of small terms would take minutes

using Pattern = Filter::Pattern;

const lysc_node* childSchema(const lysc_node* parent, const lys_module* module, const char* name)
{
    return module && name ? lys_find_child(parent, module, name, 0, 0, 0) : nullptr;
}

/// Value of an element that libyang left opaque, such as of a list given without its keys, in
/// canonical form; nothing if its type does not have it. Prefixes are resolved from the
/// declarations that libyang prints, its own record of them is private.
std::optional<std::string> canonicalContent(
    const lyd_node* node, const lysc_node* schema, std::string value)
{
    const size_t colon = value.find(':');
    if (colon != value.npos) {
        const std::string printed
            = yang::Node(const_cast<lyd_node*>(node)).print(yang::Format::Xml);
        const std::string declaration = "xmlns:" + value.substr(0, colon) + "=\"";
        const size_t at = printed.find(declaration);
        if (at != printed.npos) {
            const size_t from = at + declaration.size();
            const std::string uri = printed.substr(from, printed.find('"', from) - from);
            if (const lys_module* module
                = ly_ctx_get_module_implemented_ns(LYD_CTX(node), uri.c_str())) {
                value = module->name + value.substr(colon);
            }
        }
    }
    const char* canonical = nullptr;
    const LY_ERR rc = lyd_value_validate(
        LYD_CTX(node), schema, value.c_str(), value.size(), nullptr, nullptr, &canonical);
    if (rc != LY_SUCCESS && rc != LY_EINCOMPLETE) {
        return std::nullopt;
    }
    std::string out = canonical ? canonical : value;
    lydict_remove(LYD_CTX(node), canonical);
    return out;
}

Pattern read(const ly_ctx* ctx, const lyd_node* node, const lysc_node* parent)
{
    Pattern pattern;
    pattern.name = LYD_NAME(node);
    const lysc_node* schema = node->schema;
    if (schema) {
        pattern.module = schema->module->name;
        pattern.never = node->meta != nullptr; // data have no attributes to match (6.2.2)
    } else {
        const auto* opaque = reinterpret_cast<const lyd_node_opaq*>(node);
        const char* const ns = opaque->name.module_ns;
        const lys_module* const module = ns ? ly_ctx_get_module_implemented_ns(ctx, ns) : nullptr;
        pattern.never = (ns && !module) || opaque->attr;
        pattern.module = module ? module->name : "";
        schema = childSchema(parent, module, pattern.name.c_str());
    }
    const std::string value(text::trim(lyd_get_value(node) ? lyd_get_value(node) : ""));
    if (!value.empty()) {
        const auto canonical = node->schema || !schema || !(schema->nodetype & LYD_NODE_TERM)
            ? value
            : canonicalContent(node, schema, value);
        pattern.never = pattern.never || !canonical; // no leaf has such a value: it matches none
        pattern.content = canonical.value_or(value);
    }
    for (const lyd_node* child = lyd_child(node); child; child = child->next) {
        pattern.children.push_back(read(ctx, child, schema));
    }
    return pattern;
}

} // namespace

Filter Filter::subtree(const yang::Context& context, std::string_view xml)
{
    const std::string whole
        = R"(<rpc xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"><get><filter>)" + std::string(xml)
        + "</filter></get></rpc>";
    ly_in* in = nullptr;
    yang::check(ly_in_new_memory(whole.c_str(), &in), context.raw(), "filter");
    lyd_node* envelope = nullptr;
    lyd_node* rpc = nullptr;
    const LY_ERR rc
        = lyd_parse_op(context.raw(), nullptr, in, LYD_XML, LYD_TYPE_RPC_NETCONF, &envelope, &rpc);
    ly_in_free(in, 0);
    const yang::Tree outer(envelope);
    const yang::Tree tree(rpc);
    if (rc != LY_SUCCESS) {
        throw RpcError("malformed-message", "filter " + text::quoted(xml) + " is not XML");
    }
    const auto content = tree.root().child("filter")->content();
    return subtree(context, content ? content->raw() : nullptr);
}

Filter Filter::subtree(const yang::Context& context, const lyd_node* first)
{
    std::vector<Pattern> patterns;
    for (const lyd_node* node = first; node; node = node->next) {
        patterns.push_back(read(context.raw(), node, nullptr));
    }
    Filter filter;
    filter.patterns_ = std::make_shared<const std::vector<Pattern>>(std::move(patterns));
    return filter;
}

/// Evaluating over the schema shows what cannot be evaluated over data.
void checkOverSchema(const ly_ctx* ctx, const std::string& expression)
{
    ly_set* atoms = nullptr;
    const LY_ERR rc = expression.empty()
        ? LY_EINVAL
        : lys_find_xpath(ctx, nullptr, expression.c_str(), 0, &atoms);
    ly_set_free(atoms, nullptr);
    if (rc != LY_SUCCESS) {
        const char* const said = yang::lastMessage(ctx);
        throw RpcError("invalid-value",
            "filter " + text::quoted(expression) + ": " + (said ? said : "not an XPath"));
    }
}

Filter Filter::xpath(const yang::Context& context, std::string_view expression)
{
    if (expression.size() > LongestXpath) {
        throw RpcError("too-big", "an XPath of more than 4096 bytes");
    }
    Filter filter;
    filter.expression_ = text::trim(expression);
    if (filter.expression_ == "/" || filter.expression_ == ".") {
        return {}; // the root: all
    }
    filter.far_ = agent::reachesFar(filter.expression_) || ::xpath::hasModulo(filter.expression_);
    if (!filter.far_) { // else as long as the rest of it
        checkOverSchema(context.raw(), filter.expression_);
    }
    return filter;
}

void Filter::checkForMany() const
{
    if (far_) {
        throw RpcError("invalid-value",
            "filter " + text::quoted(expression_)
                + (::xpath::hasModulo(expression_) ? " has mod" : " may take long")
                + ": a subscription cannot have it, get can");
    }
}

Filter Filter::limited(uint32_t levels) &&
{
    depth_ = levels;
    return std::move(*this);
}

bool Filter::mayTouch(std::string_view module) const
{
    if (!patterns_ && expression_.empty()) {
        return true;
    }
    if (patterns_) {
        return std::ranges::any_of(*patterns_, [&](const Pattern& pattern) {
            return !pattern.never && (pattern.module.empty() || pattern.module == module);
        });
    }
    // A path reaches another module only by its name, or by one of these.
    return expression_.find(module) != expression_.npos
        || expression_.find("//") != expression_.npos || expression_.find('*') != expression_.npos
        || expression_.find("::") != expression_.npos || expression_.find("..") != expression_.npos
        || expression_.find("()") != expression_.npos;
}

} // namespace agent
