// Rules and checks, as a policy says them.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace collector {

/// Three answers, never two.
enum class Truth { No, Unknown, Yes };

/// In the order of severity; Info is no fault.
enum class Severity { Info, Warning, Minor, Major, Critical };
std::string_view name(Severity severity);
/// Throws std::invalid_argument.
Severity severity(std::string_view name);

/// What the value of a leaf must be like. See grouping tests of the module.
struct Condition {
    std::string leaf;
    std::vector<std::string> oneOf;
    std::vector<std::string> matches;
    std::optional<int64_t> min;
    std::optional<int64_t> max;
    std::vector<std::string> noneOf;
    std::vector<std::string> only;
    std::optional<bool> present;
    std::vector<std::string> undecided;
    Truth missing = Truth::Unknown;
    bool negate = false;
};
using Conditions = std::vector<Condition>;

/// Conditions with a severity of their own, or that of the rule.
struct Case {
    std::string name;
    std::optional<Severity> severity;
    Conditions when;
};

enum class List { Users, Groups, Grants, SetuidFiles, Programs, Ports };
constexpr std::array<std::string_view, 6> ListNames
    = { "users", "groups", "grants", "setuid-files", "programs", "ports" };

struct Limit {
    struct Bound {
        Severity severity;
        Condition test;
    };
    std::vector<Bound> bounds;
    std::string within;
};
struct AllowOnly {
    enum class Aspect { Entry, Scope, Owner };
    List list;
    Aspect aspect;
};
struct Forbid {
    struct Duplicate {
        std::string leaf;
        std::set<std::string> rightful;
        std::optional<List> list;
    };
    std::vector<Case> cases;
    std::optional<List> unlessListed;
    std::optional<Duplicate> duplicate;
};
struct Require {
    std::string object;
    Conditions when;
    uint32_t atLeast = 1;
    std::string distinct;
    bool listedPrograms = false;
};
struct MatchesReference {
    enum class Aspect { Modified, Missing, Unexpected };
    Aspect aspect;
    std::optional<Severity> metadata; // if no more than mode, owner or capabilities differ
};
struct Fresh {
    enum class Aspect { Heartbeat, Reports, Categories, Configuration };
    Aspect aspect;
    unsigned intervals = 3;
    std::optional<uint32_t> maxAge; // seconds
    std::set<std::string> categories;
};
struct XPath {
    std::string violates;
    std::string applies;
    std::string unknown;
    std::set<std::string> categories;
};
/// In the order of the table in checks/checks.cpp.
using Kind = std::variant<Limit, AllowOnly, Forbid, Require, MatchesReference, Fresh, XPath>;

struct Check {
    std::string name;
    std::string category; // of the objects
    std::string list; // name of the list in the category's container; empty: the container itself
    std::vector<std::string> object; // leaves that name an object
    Conditions where;
    std::vector<Case> except;
    std::vector<Case> grades;
    Kind kind;
};

struct Rule {
    std::string id;
    std::string category;
    bool enabled = true;
    Severity severity = Severity::Major;
    std::string title;
    std::string reference;
    std::string remediation;
    std::vector<Check> checks;

    /// The rule's category and those that its checks read.
    std::set<std::string> reads() const;
};

} // namespace collector
