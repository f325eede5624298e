// NETCONF messages as text and trees (RFC 6241, 4 and 8.1): <rpc> in, <rpc-reply>, <rpc-error>,
// <notification> and <hello> out.
#pragma once

#include "agent/server/rpc_error.h"
#include "common/yang.h"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

/// Mistakes that are reported together.
struct RpcErrors : std::runtime_error {
    explicit RpcErrors(std::vector<RpcError> errors)
        : std::runtime_error(errors.empty() ? "" : errors.front().what())
        , all(std::move(errors))
    {
    }
    std::vector<RpcError> all;
};

struct Incoming {
    std::string attributes; // of <rpc>, to be put into <rpc-reply>; each with a blank in front
    yang::Tree rpc; // the operation; empty if there is an error
    std::optional<RpcError> error;
};

/// An <rpc>, validated as far as its schema goes, defaults included. References of subscriptions to
/// filters are looked for in `running`, which may be null.
Incoming parseRpc(
    const yang::Context& context, const std::string& text, const lyd_node* running = nullptr);

/// Capabilities of a client's hello. Throws std::runtime_error if it is not a valid one.
std::vector<std::string> parseHello(const yang::Context& context, const std::string& text);

std::string hello(const std::vector<std::string>& capabilities, uint32_t session);
std::string reply(const std::string& attributes, const std::string& body);
std::string errorBody(const yang::Context& context, const RpcError& error);
std::string notification(const std::string& time, const yang::Tree& tree);

/// Text for the content of an element or an attribute.
std::string escaped(std::string_view text);

/// What libyang says last, as an error about data of the datastore (RFC 7950, 15).
RpcError validationError(const yang::Context& context);

} // namespace agent
