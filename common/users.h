// The user that a daemon's processes run as.
#pragma once

#include <string>
#include <sys/types.h>

namespace users {

struct Identity {
    uid_t uid = 0;
    gid_t gid = 0;
    bool mayDrop = false; // this process is root and can become it
};

/// The identity to run as: that of `user` if this process is root, else its own. Throws
/// std::runtime_error if there is no such user or it is root.
Identity find(const std::string& user);

/// A folder for data of `user`, made with mode 0700 if it is not there, owned by it if we may say
/// so.
void ownFolder(const std::string& path, const Identity& identity);

} // namespace users
