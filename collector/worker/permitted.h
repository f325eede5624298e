// What a profile permits: users, groups, grants, privileged files, programs, ports; and the
// manifests of approved software.
#pragma once

#include "common/clock.h"

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace collector {

struct PermittedUser {
    std::optional<std::string> uid;
    bool loginPermitted = true;
    bool privileged = true;
    size_t place = 0; // in the list
};

struct PermittedGroup {
    std::optional<std::string> gid;
    bool anyMember = false;
    std::set<std::string> members;
};

using GrantKey = std::array<std::string, 3>; // principal, run-as, command

struct PermittedGrant {
    bool withoutAuthentication = false;
};

struct PermittedFile {
    std::optional<std::string> owner;
    std::optional<std::string> mode;
    std::set<std::string> capabilities;
    std::set<std::string> hashes;
};

struct PermittedProgram {
    std::string executable;
    std::string user;
    bool pattern = false;
    std::set<std::string> hashes;
    std::set<std::string> scripts;
    bool required = false;
};

struct PermittedPort {
    struct Owner {
        std::string name;
        std::optional<std::string> executable;
        std::optional<std::string> user;
        std::optional<std::string> unit;
    };
    enum class Scope { Any, Specific, Loopback };
    std::string name;
    std::string networkNamespace = "host";
    std::string protocol;
    uint32_t lower = 0;
    uint32_t upper = 0;
    Scope scope = Scope::Specific;
    std::vector<std::string> prefixes;
    std::set<std::string> interfaces;
    bool kernelOwned = false;
    std::vector<Owner> owners;
};

struct Permitted {
    std::map<std::string, PermittedUser, std::less<>> users;
    std::map<std::string, PermittedGroup, std::less<>> groups;
    std::map<GrantKey, PermittedGrant> grants;
    std::map<std::string, PermittedFile, std::less<>> setuidFiles;
    std::unordered_map<std::string, std::vector<PermittedProgram>> programs; // by executable
    std::vector<PermittedProgram> programPatterns;
    std::map<std::string, PermittedPort, std::less<>> ports; // by name
};

struct ManifestComponent {
    std::optional<std::string> kind;
    std::optional<std::string> version;
    std::set<std::string> hashes;
    bool optional = false;
    std::optional<std::string> mode;
    std::optional<std::string> owner;
    std::optional<std::string> linkTarget;
    std::set<std::string> capabilities;
};

struct Manifest {
    std::string release;
    std::optional<wall::Time> from;
    std::optional<wall::Time> until;
    std::unordered_map<std::string, ManifestComponent> components;

    bool valid(wall::Time now) const;
};

/// '*' stands for any characters, '?' for one. Never more than pattern times text steps.
bool globMatches(std::string_view pattern, std::string_view text);

} // namespace collector
