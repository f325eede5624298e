// A client's hello (RFC 6241, section 8.1), read as far as the gate must know it: which base
// protocols it speaks. The server never sees it, but always the same one, written here.
//
// It is read here, by a tokenizer of its own, and not by libyang: gates have no libyang in memory,
// and all that depends on the answer is the framing towards the same peer.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace agent::gate {

struct Hello {
    bool base10 = false;
    bool base11 = false;

    /// Throws BadHello.
    static Hello parse(std::string_view xml);
};

struct BadHello : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// What the server is told of each client, with its framing.
extern const std::string_view FixedHello;

} // namespace agent::gate
