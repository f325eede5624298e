// The table of the kinds of check, in the order of Kind in rule.h.
#include "collector/worker/checks/check.h"

namespace collector {

namespace {

struct KindOfCheck {
    std::string_view name; // as in femto-compliance-policy
    void (*look)(const Check&, const Subject&, Findings&);
};

constexpr std::array<KindOfCheck, 7> Kinds = { {
    { "limit", checkLimit },
    { "allow-only", checkAllowOnly },
    { "forbid", checkForbid },
    { "require", checkRequire },
    { "matches-reference", checkReference },
    { "fresh", checkFresh },
    { "xpath", checkXPath },
} };
static_assert(Kinds.size() == std::variant_size_v<Kind>);

} // namespace

void run(const Check& check, const Subject& subject, Findings& findings)
{
    Kinds[check.kind.index()].look(check, subject, findings);
}

} // namespace collector
