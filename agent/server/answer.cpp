#include "agent/server/answer.h"
#include "agent/server/view.h"
#include "agent/server/xml_text.h"
#include "common/yang_internal.h"

#include <cstring>

namespace agent {

namespace {

bool named(const lyd_node* node, const char* name)
{
    return strcmp(LYD_NAME(node), name) == 0
        && strcmp(node->schema->module->name, "femto-security") == 0;
}

/// Appends what is selected of a content that may be read as a whole.
void appendSelected(std::string& out, const Question& question, const Content& content)
{
    std::string inner;
    std::string look;
    Filter::Pieces pieces(question.filter, content.schema());
    for (const Content::Piece& piece : content.pieces()) {
        const std::string_view xml = content.text(piece);
        switch (pieces.of(piece.schema, xml)) {
        case Filter::Part::All:
            inner += xml;
            break;
        case Filter::Part::Some:
            look += xml;
            break;
        case Filter::Part::None:
            break;
        }
    }
    if (!look.empty()) {
        std::string element;
        content.write(element, look);
        const yang::Tree found = question.filter.apply(inventoryTree(question.context, element));
        if (const auto node = contentIn(found, content.schema())) {
            for (const yang::Node& child : node->children()) {
                appendInner(inner, child.raw());
            }
        }
    }
    content.write(out, inner);
}

/// Whether a node below has a default value, or is a leaf-list that may.
bool hasDefaults(const lysc_node* schema)
{
    if (schema->nodetype == LYS_LEAF) {
        return reinterpret_cast<const lysc_node_leaf*>(schema)->dflt != nullptr;
    }
    if (schema->nodetype == LYS_LEAFLIST) {
        return reinterpret_cast<const lysc_node_leaflist*>(schema)->dflts != nullptr;
    }
    for (const lysc_node* child = lysc_node_child(schema); child; child = child->next) {
        if (hasDefaults(child)) {
            return true;
        }
    }
    return false;
}

/// Contents as elements: those that are answered as text, and those that a tree is needed for.
struct Elements {
    std::string text;
    std::string tree;
};

Elements gather(const Question& question, const Contents& contents)
{
    Elements out;
    for (const auto& [category, content] : contents) {
        const Access::Reach reach = question.access.mayRead(question.user, content->schema());
        const Filter::Part part = reach == Access::Reach::None
            ? Filter::Part::None
            : question.filter.partOf(content->schema());
        if (part == Filter::Part::None) {
            continue;
        }
        const bool byText = reach == Access::Reach::All
            && (question.defaults == LYD_PRINT_WD_EXPLICIT || !hasDefaults(content->schema()))
            && question.filter.byNames(content->schema());
        if (!byText) {
            content->write(out.tree);
        } else if (part == Filter::Part::All) {
            content->write(out.text);
        } else {
            appendSelected(out.text, question, *content);
        }
    }
    return out;
}

/// Prints siblings, with more elements in the inventory.
void append(
    std::string& out, const lyd_node* first, const Question& question, const std::string& more)
{
    const uint32_t defaults = question.defaults;
    const bool annotated = question.origins && question.origins->annotated;
    const std::string begin = "<femto-security xmlns=\"urn:femtowatch:yang:femto-security\""
        + std::string(annotated ? OriginIntended : "") + ">";
    bool done = more.empty();
    const auto close = [&](const std::string& inventory) {
        if (!inventory.empty() || !more.empty()) {
            out.append("<inventory>").append(inventory).append(more).append("</inventory>");
        }
        out += "</femto-security>";
        done = true;
    };
    for (const lyd_node* node = first; node; node = node->next) {
        if (done || !named(node, "femto-security")) {
            appendElement(out, node, defaults);
            continue;
        }
        out += begin;
        std::string inventory;
        for (const lyd_node* child = lyd_child(node); child; child = child->next) {
            if (!named(child, "inventory")) {
                appendInner(out, child, defaults);
                continue;
            }
            for (const lyd_node* content = lyd_child(child); content; content = content->next) {
                appendInner(inventory, content, defaults);
            }
        }
        close(inventory);
    }
    if (!done) {
        out += begin;
        close({});
    }
}

} // namespace

std::string answer(
    const Question& question, std::vector<const lyd_node*> trees, const Contents& contents)
{
    const Elements elements = gather(question, contents);
    const yang::Tree inventory = inventoryTree(question.context, elements.tree);
    if (inventory) {
        trees.push_back(inventory.raw());
    }
    const View view(question.access, question.user, question.filter, trees);
    std::string out;
    out.reserve(elements.text.size() + 4096);
    if (question.filter.everything() && !question.origins) {
        append(out, view.first(), question, elements.text);
        return out;
    }
    yang::Tree result = question.filter.apply(view.first());
    if (question.origins) {
        applyOrigins(result, *question.origins);
    }
    append(out, result.raw(), question, elements.text);
    return out;
}

} // namespace agent
