#include "agent/server/xml_text.h"
#include "common/yang_internal.h"

namespace agent {

namespace {

yang::Text printed(const lyd_node* node, uint32_t options)
{
    char* out = nullptr;
    yang::check(lyd_print_mem(&out, node, LYD_XML, options | LYD_PRINT_SHRINK), nullptr, "print");
    return yang::Text(out);
}

} // namespace

void appendElement(std::string& out, const lyd_node* node, uint32_t options)
{
    const yang::Text text = printed(node, options);
    out += text ? text.get() : "";
}

void appendInner(std::string& out, const lyd_node* node, uint32_t options)
{
    const yang::Text text = printed(node, options);
    std::string_view rest = text ? text.get() : "";
    const lyd_node* const parent = lyd_parent(node);
    if (parent && parent->schema->module == node->schema->module) {
        const std::string begin
            = "<" + std::string(LYD_NAME(node)) + " xmlns=\"" + node->schema->module->ns + "\"";
        if (rest.starts_with(begin)) {
            out += rest.substr(0, 1 + std::string_view(LYD_NAME(node)).size());
            rest.remove_prefix(begin.size());
        }
    }
    out += rest;
}

} // namespace agent
