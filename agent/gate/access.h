// What the gate is told by the server of agent-access in the configuration: where to listen, whom
// to call, which keys prove the agent and which admit a user, and the limits.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::gate {

enum class Transport { Ssh, Tls };
/// "ssh" or "tls".
const char* named(Transport transport);

struct Endpoint {
    std::string name;
    std::string address; // numeric
    uint16_t port;
    Transport transport;

    auto operator<=>(const Endpoint&) const = default;
};

/// Of a management system.
struct Place {
    std::string address; // numeric or a host name
    uint16_t port;

    auto operator<=>(const Place&) const = default;
};

/// Connections from time to time, instead of one that is kept up.
struct Periodic {
    std::chrono::seconds period;
    std::optional<std::chrono::seconds> anchor; // since the epoch
    std::chrono::seconds idleTimeout; // 0 for none

    auto operator<=>(const Periodic&) const = default;
};

enum class StartWith { FirstListed, LastConnected, RandomSelection };

struct Target {
    std::string name;
    std::vector<Place> places; // at least one
    Transport transport;
    std::chrono::seconds minBackoff;
    std::chrono::seconds maxBackoff;
    StartWith startWith;
    unsigned maxAttempts; // at one place
    std::optional<Periodic> periodic {};

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

/// Of agent-access/tls: a trust anchor, or the certificate of one client.
struct Certificate {
    std::string name;
    std::string der;
    std::string digest; // SHA-256, hexadecimal

    bool operator==(const Certificate&) const = default;
};

/// Entry of the list of RFC 7407.
struct CertToName {
    enum class MapType { Specified, Rfc822Name, DnsName, IpAddress, SanAny, CommonName };
    uint32_t id;
    std::string fingerprint; // lower case: kind of hash, colon, octets of the hash with colons
    MapType map;
    std::string name; // if specified

    bool operator==(const CertToName&) const = default;
};

struct Tls {
    std::string keyFile; // in the key folder; empty if TLS is not used
    std::string certificateFile;
    std::vector<Certificate> anchors;
    std::vector<Certificate> clients;
    std::vector<CertToName> names; // by rising id

    bool operator==(const Tls&) const = default;
};

/// Who was let in, and by what: with SSH `proof` is the key (second field of a public-key file);
/// with TLS it is the fact of the entry that gave the name, and `anchor` the digest of the trust
/// anchor or client certificate.
struct Login {
    Transport transport = Transport::Ssh;
    std::string user;
    std::string proof;
    std::string anchor;
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
    Tls tls;
    Limits limits;

    bool operator==(const Access&) const = default;

    /// Fields of Message::Access. Throws frame::Broken, quoting the fact that is not one.
    static Access parse(const std::vector<std::string>& facts);
    /// Whether the user may log in with this key (second field of a public-key file).
    bool permits(std::string_view user, std::string_view base64) const;
    /// Whether what let somebody in still holds.
    bool permits(const Login& login) const;
};

/// The entry as a fact.
std::string factOf(const CertToName& entry);

} // namespace agent::gate
