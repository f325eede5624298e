#include "agent/server/content.h"
#include "agent/server/xml_text.h"
#include "common/digest.h"
#include "common/yang_internal.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

namespace agent {

namespace {

/// Whether its children are told apart by schema node and keys, so that some may be left out of a
/// comparison.
bool divisible(const Content& content)
{
    return content.schema()->nodetype == LYS_CONTAINER
        && std::ranges::all_of(content.pieces(), [](const Content::Piece& piece) {
               return piece.schema->nodetype == LYS_LEAF
                   || (piece.schema->nodetype == LYS_LIST && !(piece.schema->flags & LYS_KEYLESS));
           });
}

/// There even if nothing is in it.
std::string element(const Content& content, std::string_view inner)
{
    const std::string name = content.schema()->name;
    return ("<" + name + ">").append(inner) + "</" + name + ">";
}

/// The element without the children that `other` has, too.
std::string rest(const Content& content, const Content& other)
{
    std::unordered_set<std::string_view> known;
    known.reserve(other.pieces().size());
    for (const Content::Piece& piece : other.pieces()) {
        known.insert(other.text(piece));
    }
    std::string inner;
    for (const Content::Piece& piece : content.pieces()) {
        if (!known.contains(content.text(piece))) {
            inner += content.text(piece);
        }
    }
    return element(content, inner);
}

} // namespace

Content::Content(yang::Node node, const Content* former)
    : schema_(node.raw()->schema)
{
    for (const lyd_node* child = lyd_child(node.raw()); child; child = child->next) {
        const size_t begin = text_.size();
        appendInner(text_, child);
        if (text_.size() > std::numeric_limits<uint32_t>::max()) {
            throw yang::Error("too large a content of " + node.name());
        }
        if (text_.size() > begin) { // not of a container with nothing in it
            pieces_.push_back({ child->schema, static_cast<uint32_t>(begin),
                static_cast<uint32_t>(text_.size() - begin) });
        }
    }
    text_.shrink_to_fit();
    pieces_.shrink_to_fit();
    digest_ = former && former->schema_ == schema_ && former->text_ == text_
        ? former->digest_
        : digest::sha256(node.canonical());
}

void Content::write(std::string& out, std::string_view inner) const
{
    if (inner.empty()) {
        return;
    }
    out += '<';
    out += schema_->name;
    out += '>';
    out += inner;
    out += "</";
    out += schema_->name;
    out += '>';
}

yang::Tree inventoryTree(const yang::Context& context, const std::string& elements)
{
    if (elements.empty()) {
        return {};
    }
    return yang::Tree::parse(context,
        R"(<femto-security xmlns="urn:femtowatch:yang:femto-security"><inventory>)" + elements
            + "</inventory></femto-security>",
        yang::Format::Xml, false);
}

Differing differing(const yang::Context& context, const Content* former, const Content* now)
{
    const auto whole = [&](const Content* content) {
        return inventoryTree(context, content ? element(*content, content->text()) : "");
    };
    if (!former || !now || former->schema() != now->schema() || !divisible(*former)
        || !divisible(*now)) {
        return { whole(former), whole(now) };
    }
    return { inventoryTree(context, rest(*former, *now)),
        inventoryTree(context, rest(*now, *former)) };
}

std::optional<yang::Node> contentIn(const yang::Tree& tree, const lysc_node* schema)
{
    const auto inventory = tree ? tree.root().child("inventory") : std::nullopt;
    return inventory ? inventory->child(schema->name) : std::nullopt;
}

} // namespace agent
