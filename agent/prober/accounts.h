// Users and groups as glibc's name services "files", "extrausers" and "systemd" read them:
// passwd(5), group(5), nsswitch.conf(5), nss-systemd(8). No byte of a password hash is kept.
#pragma once

#include "agent/prober/password.h"
#include "agent/prober/root.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct User {
    std::string name;
    uint32_t uid = 0;
    uint32_t gid = 0;
    std::string home;
    std::string shell; // as in the file: empty means /bin/sh
    Password password {}; // of passwd(5) itself; InShadow sends the reader to shadow(5)
    std::string source; // file
    size_t line = 0;
    std::string origin = "files"; // name service
};

struct Group {
    std::string name;
    uint32_t gid = 0;
    std::vector<std::string> members;
    std::string source;
    size_t line = 0;
};

/// A line that libc reads over, though its author may have meant something by it.
struct Skipped {
    size_t line = 0;
    std::string why;
};

/// The lines of a passwd(5) file that getpwnam(3) can find, in the order of the file.
std::vector<User> parsePasswd(
    std::string_view all, const std::string& source, std::vector<Skipped>* skipped = nullptr);
std::vector<Group> parseGroup(
    std::string_view all, const std::string& source, std::vector<Skipped>* skipped = nullptr);

/// What nsswitch.conf(5) says for a database; "files" if it says nothing.
std::vector<std::string> nameServices(const Root& root, const std::string& database);

/// Names for numbers, fit for YANG (text::carried). Files that are missing or cannot be read only
/// mean that numbers stay numbers: nothing throws.
class Names {
public:
    explicit Names(const Root& root);

    /// Name of a user id, else its digits. The first line of the file wins, as in getpwuid(3).
    std::string user(uint32_t uid) const;
    std::string group(uint32_t gid) const;

private:
    void read(const Root& root);

    std::map<uint32_t, std::string> users_;
    std::map<uint32_t, std::string> groups_;
};

} // namespace agent
