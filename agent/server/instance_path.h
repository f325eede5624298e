// Instance identifiers with module names as prefixes, as RFC 7951 and libyang write them, cut into
// steps: /m:a/b[k='v'] has the steps m:a and m:b.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

struct ly_ctx;
struct lyd_node;

namespace agent {

struct Step {
    std::string module; // that of the step before if none is written
    std::string name;
    std::vector<std::pair<std::string, std::string>> keys; // name and value; "." for a leaf-list
    std::vector<std::string> ofUser; // names of keys that are the user's name: [name=$USER]
};

/// Nothing if the text is not of this form, which is that of a node-instance-identifier of RFC
/// 8341, too: the variable USER may stand for a value, and keys may be missing.
std::optional<std::vector<Step>> parsePath(std::string_view path);

/// Predicates alone, such as [k='v'][l="w"]; a prefix is left out.
std::optional<std::vector<std::pair<std::string, std::string>>> parseKeys(std::string_view text);

/// The path as XML carries it: every name with a prefix, and the declarations of the prefixes,
/// each beginning with a blank.
struct XmlPath {
    std::string text;
    std::string declarations;
};
XmlPath xmlPath(const ly_ctx* ctx, const std::string& path);

/// Path of a data node.
std::string pathOf(const lyd_node* node);

} // namespace agent
