// What the gate is told by the server of agent-access in the configuration: where to listen, whom
// to call, which keys prove the agent and which admit a user, and the limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agent::gate {

struct Endpoint {
    std::string name;
    std::string address; // numeric
    uint16_t port;

    auto operator<=>(const Endpoint&) const = default;
};

struct Target {
    std::string name;
    std::string address; // numeric or a host name
    uint16_t port;
    std::chrono::seconds minBackoff;
    std::chrono::seconds maxBackoff;

    auto operator<=>(const Target&) const = default;
};

struct HostKeyFile {
    std::string name;
    std::string file; // in the key folder

    bool operator==(const HostKeyFile&) const = default;
};

struct UserKey {
    std::string user;
    std::string algorithm;
    std::string base64;

    bool operator==(const UserKey&) const = default;
};

/// Leaves of agent-access/limits, with their defaults.
struct Limits {
    uint32_t maxSessions = 128;
    uint32_t maxUnauthenticated = 64;
    uint32_t maxUnauthenticatedPerSource = 16;
    std::chrono::seconds authenticationTimeout { 20 };
    std::chrono::seconds helloTimeout { 10 };
    uint32_t maxAuthenticationAttempts = 6;
    uint32_t maxMessageSize = 1048576;
    uint32_t maxQueuedOutput = 67108864;
    std::chrono::seconds messageTimeout { 30 };
    std::chrono::seconds keepaliveInterval { 30 };

    bool operator==(const Limits&) const = default;
};

struct Access {
    std::vector<Endpoint> listen;
    std::vector<Target> callHome;
    std::vector<HostKeyFile> hostKeys; // in order of preference
    std::vector<UserKey> userKeys;
    Limits limits;

    bool operator==(const Access&) const = default;

    /// Fields of Message::Access. Throws frame::Broken, quoting the fact that is not one.
    static Access parse(const std::vector<std::string>& facts);
    /// Whether the user may log in with this key (second field of a public-key file).
    bool permits(std::string_view user, std::string_view base64) const;
};

} // namespace agent::gate
