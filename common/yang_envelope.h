// XML that no schema describes: the envelopes of NETCONF (RFC 6241: hello, rpc-reply, rpc-error).
#pragma once

#include "common/yang.h"

#include <map>

namespace yang {

struct Element {
    std::string name;
    std::string space; // namespace
    std::string text;
    std::map<std::string, std::string> attributes; // by name without prefix
    std::vector<Element> children;
    std::string inner; // of an element that was asked for verbatim: its content as XML

    const Element* child(std::string_view childName) const;
    /// Text of the child, without white space around; empty if there is none.
    std::string textOf(std::string_view childName) const;
};

/// Name of the first element of a document, without prefix; empty if there is none, or if a
/// document type declaration is in front of it. A look at the first bytes, no parse.
std::string_view rootElement(std::string_view xml);

/// A whole document. Elements named `verbatim` are not cut up: they have `inner`. Throws Error: it
/// is not well-formed, or deeper than 64 elements.
Element parseElement(
    const Context& context, std::string_view xml, std::string_view verbatim = "data");

/// Text for the content of an element or attribute.
std::string escaped(std::string_view text);

} // namespace yang
