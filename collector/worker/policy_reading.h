// How a policy's tree becomes what the judge uses. Shared by the files of policy*.cpp only.
#pragma once

#include "collector/worker/policy.h"

namespace collector {

/// Path of the objects that a list permits.
std::string_view objectsOf(List list);
List listNamed(std::string_view name);

Conditions readConditions(yang::Node parent, const char* list);
Kind readKind(yang::Node check, const std::string& rule);
/// Adds what one profile says of its rules to those of its base.
void addRules(std::vector<Rule>& rules, yang::Node profile, const yang::Context& context);
/// Throws PolicyError if it can never be judged: no category, no check, a leaf that objects lack.
void mustBeJudgeable(const Rule& rule, const yang::Context& context);

/// The same for lists and manifests.
void addPermitted(Permitted& permitted, yang::Node profile);
void addManifests(std::vector<Manifest>& manifests, yang::Node profile);

} // namespace collector
