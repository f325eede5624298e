// A mistake of the peer, answered with <rpc-error> (RFC 6241, 4.3 and appendix A).
#pragma once

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace agent {

struct RpcError : std::runtime_error {
    RpcError(std::string errorTag, const std::string& message, std::string errorPath = {},
        std::string errorAppTag = {})
        : std::runtime_error(message)
        , tag(std::move(errorTag))
        , path(std::move(errorPath))
        , appTag(std::move(errorAppTag))
    {
    }

    std::string type = "application"; // transport, rpc, protocol or application
    std::string tag; // error-tag
    std::string path; // error-path: instance-identifier
    std::string appTag; // error-app-tag
    std::vector<std::pair<std::string, std::string>>
        info; // error-info: such as bad-element, session-id
    std::string infoXml {}; // more of it, as an element
};

} // namespace agent
