// What sshd allows to whom, from its configuration: methods, root, empty passwords.
// auth.c, auth2.c and sshd_config(5) of OpenSSH 9.2.
#pragma once

#include "agent/prober/sshd_config.h"

#include <cstdint>
#include <set>
#include <string>
#include <vector>

namespace agent {

/// From the strictest to the weakest.
enum class RootLogin { Denied, ForcedCommand, KeyOnly, Permitted };
/// Name of the identity, with its module.
std::string identityOf(RootLogin mode);

/// A user of uid 0: its name and those of its groups.
struct RootUser {
    std::string name;
    std::vector<std::string> groups;
};
/// Users of uid 0 in /etc/passwd; "root" alone if there is no such file. One that cannot be read is
/// a failure of `reading`.
std::vector<RootUser> rootUsers(Reading& reading);

/// What else decides whether root gets in.
struct RootHurdles {
    std::vector<RootUser> users;
    bool passwordRefused = false; // by PAM's auth rules
    bool refused = false; // by PAM's account rules
};

struct SshdAccess {
    RootLogin root = RootLogin::Denied;
    bool emptyPassword = false; // PermitEmptyPasswords, and a password is taken
    bool password = false; // a password, and nothing else, is enough to get in
    std::set<std::string> methods {};
    uint32_t maxAuthTries = 6;
    uint32_t idleTimeout = 0;
    std::set<std::string> evidence {};
};

/// For connections for which exactly these scopes match. Throws ParseError for values that sshd
/// refuses.
SshdAccess sshdAccess(
    const SshdConfig& config, const std::vector<size_t>& matching, const RootHurdles& hurdles);

enum class Meets { Never, Sometimes, Always };
/// Whether connections to a daemon on these ports meet the criteria of a scope, and for root those
/// that are about the user.
Meets meets(const SshdScope& scope, const std::vector<uint16_t>& ports);
Meets meets(const SshdScope& scope, const std::vector<uint16_t>& ports, const RootUser& user);

/// Scopes whose criteria everybody meets, such as "Match Address *".
std::vector<size_t> alwaysMatching(const SshdConfig& config, const std::vector<uint16_t>& ports);
/// `matching` with one more in its place.
std::vector<size_t> with(std::vector<size_t> matching, size_t one);
/// The weakest that root can have: with the scopes that always match for it, alone and with any one
/// of `scopes` that it can meet. With that `evidence` (or nullptr) why.
RootLogin weakestRootLogin(const SshdConfig& config, const std::vector<uint16_t>& ports,
    const RootHurdles& hurdles, const std::vector<size_t>& scopes, std::set<std::string>* evidence);

/// A value that is "yes" or "no". Throws ParseError.
bool sshdFlag(const SshdConfig& config, std::string_view keyword, bool otherwise,
    const std::vector<size_t>& matching = {});
/// "file:line: Keyword value".
std::string evidenceOf(const SshdValue& value);

} // namespace agent
