// All users and groups that the node's name services know, as far as files tell.
#pragma once

#include "agent/prober/accounts.h"
#include "agent/prober/probe.h"

#include <set>

namespace agent {

struct UserRecords;

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
    /// Names of the groups that list this user.
    std::set<std::string> listedIn(const User& user) const;
    LoginState login(const User& user) const;

    static constexpr size_t MembershipsForEntry = 10; // of max-entries

private:
    void readFiles(Reading& reading, const std::string& folder, const std::string& origin);
    void addRecords(UserRecords records);
    void boundMemberships(Reading& reading);
    void index();

    std::vector<User> users_;
    std::vector<Group> groups_;
    std::map<std::string, ShadowEntry, std::less<>> shadow_;
    bool shadowKnown_ = true;
    bool groupsKnown_ = true;
    long today_;
    // Of entries with one name or number the first; thousands of rules ask for thousands of users.
    std::map<std::string, size_t, std::less<>> userByName_;
    std::map<uint32_t, size_t> userById_;
    std::map<std::string, size_t, std::less<>> groupByName_;
    std::map<uint32_t, size_t> groupById_;
    struct Listed {
        std::set<uint32_t> ids;
        std::set<std::string> names;
    };
    std::map<std::string, Listed, std::less<>> listedIn_; // groups in whose lists a user is
};

} // namespace agent
