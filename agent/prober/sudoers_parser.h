// Text of a sudoers(5) file, cut as sudo's scanner and grammar cut it (plugins/sudoers/toke.l and
// gram.y of sudo 1.9.13). What it means together with other files is of sudoers.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace agent {

/// One member of a list of users, hosts, run-as users, groups or commands.
struct SudoMember {
    enum class Kind { All, Alias, Word, Group, Netgroup, Address, Command, Myself };
    Kind kind = Kind::Word;
    bool negated = false;
    /// Without escapes. A group keeps its '%', a netgroup its '+', an id its '#'.
    std::string name {};
    std::optional<std::string> arguments {}; // of a command: nothing allows any, "" allows none
    bool hasDigest = false; // only a file with such a digest is meant
    bool exact = false; // a command is no pattern: it is one of doas.conf(5)

    bool operator==(const SudoMember&) const = default;
};
using SudoMembers = std::vector<SudoMember>;

/// One command of a user specification, with what it has inherited from those before it.
struct SudoCommand {
    std::optional<SudoMembers> runAsUsers {};
    std::optional<SudoMembers> runAsGroups {};
    std::optional<bool> noPassword {}; // NOPASSWD and PASSWD
    std::string notBefore {}; // as in generalized time (RFC 4517)
    std::string notAfter {};
    SudoMember command {};
    size_t line = 0;
};

struct SudoPrivilege {
    SudoMembers hosts;
    std::vector<SudoCommand> commands;
};

struct SudoUserSpec {
    SudoMembers users;
    std::vector<SudoPrivilege> privileges;
};

struct SudoAlias {
    enum class Kind { User, RunAs, Host, Command };
    Kind kind = Kind::User;
    std::string name;
    SudoMembers members;
};

struct SudoDefault {
    enum class Scope { All, User, RunAs, Host, Command };
    Scope scope = Scope::All;
    SudoMembers binding; // what a scope is limited to
    std::string name;
    char operation = '\0'; // '!' turned off, '=' set, '+', '-'; none: turned on
    std::string value;
};

struct SudoInclude {
    std::string path; // without quotes, %h not replaced
    bool folder = false;
};

struct SudoEntry {
    std::variant<SudoUserSpec, SudoAlias, SudoDefault, SudoInclude> what;
    size_t line = 0;
};

/// A line that sudo reports and leaves out, going on with the next.
struct SudoError {
    size_t line = 0;
    std::string why;
};

struct SudoersText {
    std::vector<SudoEntry> entries;
    std::vector<SudoError> errors;
};

SudoersText parseSudoers(std::string_view all);

} // namespace agent
