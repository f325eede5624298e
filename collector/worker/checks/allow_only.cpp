// allow-only: every object is on a list of the profile.
#include "collector/worker/checks/check.h"

namespace collector {

void checkAllowOnly(const Check& check, const Subject& subject, Findings& findings)
{
    const AllowOnly& allow = std::get<AllowOnly>(check.kind);
    const Permitted& permitted = subject.profile.permitted;
    const std::string list(ListNames[static_cast<size_t>(allow.list)]);
    if (!given(allow.list, permitted)) {
        findings.unknown("", "no list: the policy names no " + list);
        return;
    }
    if (allow.aspect == AllowOnly::Aspect::Owner && !anyOwnerNamed(permitted)) {
        findings.unknown("", "no list: the policy names no owner of a port");
        return;
    }
    const auto all = objects(check, subject, findings);
    if (!all) {
        return;
    }
    findings.good();
    for (const Object& object : *all) {
        const Permission said = allow.aspect == AllowOnly::Aspect::Scope
            ? portScope(permitted, object.node)
            : allow.aspect == AllowOnly::Aspect::Owner
            ? portOwner(permitted, object.node)
            : permission(allow.list, permitted, object.node);
        if (said.permitted == Truth::No) {
            report(check, object, findings, findings.rule().severity, said.observed, said.expected);
        } else if (said.permitted == Truth::Unknown) {
            findings.unknown(
                objectName(check, object.node), said.unknown, said.observed, said.expected);
        }
    }
}

} // namespace collector
