// What a kind of check is: a function that looks at one node and says what it found. The kinds are
// the table in checks.cpp.
#pragma once

#include "collector/worker/judge.h"

#include <functional>
#include <map>

namespace collector {

/// How much of a category is known.
struct Coverage {
    enum Extent { None, Part, Whole } extent = None;
    std::string reason; // why not all of it: "partial: permission-denied: /etc/shadow"
};

/// What checks may look at.
class Subject {
public:
    Subject(const Profile& profile, yang::Node node, const CollectionFacts& facts, wall::Time now);

    const Profile& profile;
    const CollectionFacts& facts;
    const wall::Time now;

    yang::Node node() const { return node_; }
    Coverage coverage(const std::string& category) const;
    std::optional<yang::Node> status(const std::string& category) const;
    /// The entries that a check selects, whatever its conditions.
    std::vector<yang::Node> entries(const Check& check) const;

private:
    yang::Node node_;
    std::map<std::string, yang::Node> status_;
    std::optional<yang::Node> inventory_;
};

/// What the checks of one rule have found on one node.
class Findings {
public:
    explicit Findings(const Rule& rule)
        : rule_(rule)
    {
    }

    const Rule& rule() const { return rule_; }
    /// Severity::Info is no violation; the value is shown.
    void violation(const std::string& object, Severity severity, const std::string& observed,
        const std::string& expected, const std::vector<std::string>& evidence = {});
    void unknown(const std::string& object, const std::string& reason,
        const std::string& observed = "", const std::string& expected = "");
    /// Something was looked at and is good.
    void good() { good_ = true; }
    void doesNotApply(const std::string& reason);

    std::vector<Result> results() const;

private:
    struct Found {
        bool violation = false;
        Severity severity = Severity::Info;
        std::vector<std::string> observed;
        std::vector<std::string> expected;
        std::vector<std::string> evidence;
        std::vector<std::string> reasons;
    };
    Result result(const char* verdict) const;

    const Rule& rule_;
    std::map<std::string, Found> objects_;
    std::vector<std::string> shown_;
    std::vector<std::string> notApplicable_;
    bool good_ = false;
};

/// An entry that a check looks at. If it is in doubt whether it should be looked at, its violation
/// is one in doubt.
struct Object {
    yang::Node node;
    std::string doubt;
};

/// The objects of a check. Nothing if none of its category is known, which is then said. If only a
/// part is known and `absenceMatters`, that is said too.
std::optional<std::vector<Object>> objects(
    const Check& check, const Subject& subject, Findings& findings, bool absenceMatters = true);
std::string objectName(const Check& check, yang::Node entry);
Severity severityOf(const Check& check, yang::Node entry, Severity otherwise);
/// A violation of this object, or, in doubt, something unknown.
void report(const Check& check, const Object& object, Findings& findings, Severity severity,
    const std::string& observed, const std::string& expected);
/// Its leaf-list evidence; of a port, the processes that hold it.
std::vector<std::string> evidence(yang::Node entry);

Truth holds(const Condition& condition, yang::Node entry);
Truth allHold(const Conditions& conditions, yang::Node entry);
/// "at least 14", "root-login-denied".
std::string expectation(const Condition& condition);
/// "min-length 6", "min-length is not known".
std::string observation(std::string_view leaf, yang::Node entry);
std::string joined(const std::vector<std::string>& words, std::string_view between = ", ");
Truth both(Truth a, Truth b);

/// Whether an entry is on a list, and why not.
struct Permission {
    Truth permitted = Truth::Yes;
    std::string observed;
    std::string expected;
    std::string unknown; // why it cannot be said
};
bool given(List list, const Permitted& permitted);
Permission permission(List list, const Permitted& permitted, yang::Node entry);
/// The entries of the list of ports that are for this port, whatever its address.
std::vector<const PermittedPort*> permittedPorts(const Permitted& permitted, yang::Node port);
Permission portListed(const Permitted& permitted, yang::Node port);
Permission portScope(const Permitted& permitted, yang::Node port);
Permission portOwner(const Permitted& permitted, yang::Node port);
bool anyOwnerNamed(const Permitted& permitted);

// The kinds. Each may expect that the check is of its kind.
void checkLimit(const Check& check, const Subject& subject, Findings& findings);
void checkAllowOnly(const Check& check, const Subject& subject, Findings& findings);
void checkForbid(const Check& check, const Subject& subject, Findings& findings);
void checkRequire(const Check& check, const Subject& subject, Findings& findings);
void checkReference(const Check& check, const Subject& subject, Findings& findings);
void checkFresh(const Check& check, const Subject& subject, Findings& findings);
void checkXPath(const Check& check, const Subject& subject, Findings& findings);

void run(const Check& check, const Subject& subject, Findings& findings);

} // namespace collector
