// Keys that may log in as a user: AUTHORIZED_KEYS FILE FORMAT of sshd(8).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct AuthorizedKeys {
    std::vector<std::string> fingerprints; // "SHA256:..." as ssh-keygen -l prints them
    std::vector<size_t> unreadable; // numbers of lines that sshd reads over
};

AuthorizedKeys parseAuthorizedKeys(std::string_view all);

/// Files that sshd looks in, for a value of its AuthorizedKeysFile: tokens %%, %h, %u and %U are
/// replaced, relative names are of the user's home.
std::vector<std::string> authorizedKeyFiles(
    std::string_view pattern, const std::string& user, unsigned long uid, const std::string& home);

} // namespace agent
