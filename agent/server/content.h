// Content of a category as the server keeps it: the XML text of its children. A tree of the same
// takes ten times as much memory; one is made for what a request has to look into.
#pragma once

#include "common/yang.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct lysc_node;

namespace agent {

class Content {
public:
    /// Of a valid container of the inventory, or an entry of its list extension. `former` spares
    /// the work if the content is the same.
    explicit Content(yang::Node node, const Content* former = nullptr);

    /// A child, keys of an extension included.
    struct Piece {
        const lysc_node* schema;
        uint32_t begin;
        uint32_t size;
    };
    const lysc_node* schema() const { return schema_; }
    const std::vector<Piece>& pieces() const { return pieces_; }
    std::string_view text(const Piece& piece) const
    {
        return std::string_view(text_).substr(piece.begin, piece.size);
    }
    std::string_view text() const { return text_; }
    /// As category/digest says it. Contents are the same when their digests are.
    const std::string& digest() const { return digest_; }

    /// Appends the element, to stand in an inventory: nothing if it is a container without
    /// children. The second takes `inner` for its children.
    void write(std::string& out) const { write(out, text_); }
    void write(std::string& out, std::string_view inner) const;

private:
    const lysc_node* schema_;
    std::string text_;
    std::vector<Piece> pieces_;
    std::string digest_;
};

/// A tree of /fs:femto-security whose inventory holds these elements, parsed and not validated.
/// Empty if there are none.
yang::Tree inventoryTree(const yang::Context& context, const std::string& elements);

/// Trees of two contents, each /fs:femto-security, with all that is not in both; what is in both
/// may be left out. An empty tree where there is no content.
struct Differing {
    yang::Tree former;
    yang::Tree now;
};
Differing differing(const yang::Context& context, const Content* former, const Content* now);

/// What these trees hold of a content of that schema.
std::optional<yang::Node> contentIn(const yang::Tree& tree, const lysc_node* schema);

} // namespace agent
