#include "common/yang_envelope.h"
#include "common/text.h"
#include "common/yang_internal.h"

namespace yang {

namespace {

constexpr int MostDepth = 64;
constexpr std::string_view Blank = " \t\r\n";

Element elementOf(const lyd_node* node, std::string_view verbatim, int depth)
{
    if (depth > MostDepth) {
        throw Error("XML deeper than " + std::to_string(MostDepth) + " elements");
    }
    Element out;
    out.name = LYD_NAME(node);
    if (node->schema) { // data that a schema does describe: nothing that an envelope has
        out.space = node->schema->module->ns;
        out.text = Node(const_cast<lyd_node*>(node)).value();
    } else {
        const auto* opaque = reinterpret_cast<const lyd_node_opaq*>(node);
        out.space = opaque->name.module_ns ? opaque->name.module_ns : "";
        out.text = opaque->value ? opaque->value : "";
        for (const lyd_attr* attribute = opaque->attr; attribute; attribute = attribute->next) {
            out.attributes[attribute->name.name] = attribute->value;
        }
    }
    for (const lyd_node* child = lyd_child(node); child; child = child->next) {
        if (depth > 0 && out.name == verbatim) {
            out.inner += Node(const_cast<lyd_node*>(child)).print(Format::Xml);
        } else {
            out.children.push_back(elementOf(child, verbatim, depth + 1));
        }
    }
    return out;
}

} // namespace

const Element* Element::child(std::string_view childName) const
{
    for (const Element& one : children) {
        if (one.name == childName) {
            return &one;
        }
    }
    return nullptr;
}

std::string Element::textOf(std::string_view childName) const
{
    const Element* const found = child(childName);
    return found ? std::string(text::trim(found->text)) : "";
}

std::string_view rootElement(std::string_view xml)
{
    for (;;) {
        const size_t begin = xml.find_first_not_of(Blank);
        if (begin == std::string_view::npos || xml[begin] != '<') {
            return {};
        }
        xml.remove_prefix(begin + 1);
        std::string_view end;
        if (xml.starts_with("?")) {
            end = "?>";
        } else if (xml.starts_with("!--")) {
            end = "-->";
        } else {
            break;
        }
        const size_t at = xml.find(end);
        if (at == std::string_view::npos) {
            return {};
        }
        xml.remove_prefix(at + end.size());
    }
    std::string_view name = xml.substr(0, xml.find_first_of(" \t\r\n/>"));
    if (name.starts_with("!") || name.size() > 255) {
        return {};
    }
    const size_t colon = name.find(':');
    return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

Element parseElement(const Context& context, std::string_view xml, std::string_view verbatim)
{
    lyd_node* root = nullptr;
    const std::string whole(xml);
    const LY_ERR rc = lyd_parse_data_mem(
        context.raw(), whole.c_str(), LYD_XML, LYD_PARSE_ONLY | LYD_PARSE_OPAQ, 0, &root);
    const Tree tree(root);
    check(rc, context.raw(), "not well-formed");
    if (!tree) {
        throw Error("not well-formed: no element");
    }
    return elementOf(tree.raw(), verbatim, 0);
}

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        switch (c) {
        case '<':
            out += "&lt;";
            break;
        case '>':
            out += "&gt;";
            break;
        case '&':
            out += "&amp;";
            break;
        case '"':
            out += "&quot;";
            break;
        default:
            out += c;
        }
    }
    return out;
}

} // namespace yang
