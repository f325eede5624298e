#include "common/users.h"
#include "common/fd.h"
#include "common/text.h"

#include <filesystem>
#include <pwd.h>
#include <stdexcept>
#include <unistd.h>

namespace users {

Identity find(const std::string& user)
{
    if (::geteuid() != 0) {
        return { ::geteuid(), ::getegid(), false };
    }
    const passwd* entry = ::getpwnam(user.c_str());
    if (!entry) {
        throw std::runtime_error("user: there is no user " + text::quoted(user));
    }
    if (entry->pw_uid == 0) {
        throw std::runtime_error("user: " + text::quoted(user) + " is root");
    }
    return { entry->pw_uid, entry->pw_gid, true };
}

void ownFolder(const std::string& path, const Identity& identity)
{
    namespace fs = std::filesystem;
    if (fs::create_directories(path)) {
        fs::permissions(path, fs::perms::owner_all);
    }
    if (identity.mayDrop && ::chown(path.c_str(), identity.uid, identity.gid) != 0) {
        fd::fail(path);
    }
}

} // namespace users
