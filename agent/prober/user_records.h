// Records of systemd-userdb(8), as nss-systemd(8) reads the files *.user and *.group of its
// folders: with or without systemd-userdbd.
#pragma once

#include "agent/prober/accounts.h"
#include "agent/prober/probe.h"

#include <utility>
#include <vector>

namespace agent {

struct UserRecords {
    std::vector<User> users {};
    std::vector<Group> groups {};
    std::map<std::string, ShadowEntry, std::less<>> shadow {};
    bool shadowKnown = true;
    std::vector<std::pair<std::string, std::string>> memberships {}; // user and group
};

/// What is no record, or cannot be read, is a failure of `reading`.
UserRecords readUserRecords(Reading& reading);

} // namespace agent
