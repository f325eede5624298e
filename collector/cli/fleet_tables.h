// What the collector answers, as tables for people.
#pragma once

#include <nlohmann/json.hpp>

namespace cli {

// Each takes the answer to the verb of its name and writes to standard output.
void printNodes(const nlohmann::json& answer);
void printNode(const nlohmann::json& answer);
void printFindings(const nlohmann::json& findings);
/// One line for a change of a finding, as it comes.
void printChange(const nlohmann::json& change);

} // namespace cli
