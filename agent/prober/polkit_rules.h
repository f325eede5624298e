// Rules of polkit(8) in the shapes that can be read without running them. They are JavaScript: what
// has another shape is not decided here, and told as such.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace agent {

struct PolkitCondition {
    enum class Kind {
        Never,
        Not,
        And, // of none of them: always
        Or,
        User, // its name is `text`
        Group,
        Action, // matches the pattern `text`
        Local, // the user sits at the node, or (`text` is "active") is the one in front
        Detail // of the action: "unit=gnb.service"
    };
    Kind kind = Kind::And;
    std::string text {};
    std::vector<PolkitCondition> parts {};
};

/// What a function returns on the way on which it returns.
struct PolkitReturn {
    PolkitCondition when {};
    std::vector<std::string> values {}; // "yes"; of an admin rule identities; none: not handled
};

struct PolkitFunction {
    bool admin = false;
    std::vector<PolkitReturn> returns {}; // the first that holds counts
    std::string where {};
};

struct PolkitScript {
    std::vector<PolkitFunction> functions {};
    std::vector<size_t> undecided {}; // lines
};

PolkitScript parsePolkitRules(std::string_view all, const std::string& path);

/// Entries of pklocalauthority(8) as one function; those for netgroups, of which is not known who
/// is in one, are undecided. Throws ParseError.
PolkitScript parsePkla(std::string_view all, const std::string& path);

} // namespace agent
