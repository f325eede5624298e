// All users and groups that the node's name services know, as far as files tell.
#pragma once

#include "agent/prober/accounts.h"
#include "agent/prober/probe.h"

namespace agent {

/// What a login as a user would meet.
struct LoginState {
    enum class Password { Set, Locked, Unusable, Empty, Expired, Unknown };
    Password password = Password::Unknown;
    std::string scheme {};
    bool accountExpired = false; // PAM lets nobody in, whatever the means
    long changed = -1; // day, counted from 1970
};

class Accounts {
public:
    /// Throws Absent if there is no /etc/passwd. What else cannot be read is a failure of
    /// `reading`.
    explicit Accounts(Reading& reading);

    /// In the order in which libc finds them: of users with one name the first counts.
    const std::vector<User>& users() const { return users_; }
    const std::vector<Group>& groups() const { return groups_; }
    /// False if a file of groups could not be read: then who is a member is not known.
    bool groupsKnown() const { return groupsKnown_; }

    const User* user(std::string_view name) const;
    const User* user(uint32_t uid) const;
    const Group* group(std::string_view name) const;
    std::string groupName(uint32_t gid) const;
    /// Primary or supplementary, as initgroups(3) decides.
    bool isMember(const User& user, uint32_t gid) const;
    LoginState login(const User& user) const;

private:
    void readFiles(Reading& reading, const std::string& folder, const std::string& origin);

    std::vector<User> users_;
    std::vector<Group> groups_;
    std::map<std::string, ShadowEntry, std::less<>> shadow_;
    bool shadowKnown_ = true;
    bool groupsKnown_ = true;
    long today_;
};

} // namespace agent
