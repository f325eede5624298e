#include "collector/cli/fleet_tables.h"
#include "collector/cli/terminal.h"

#include <iostream>

namespace cli {

using nlohmann::json;

namespace {

constexpr size_t SeverityOfFinding = 1; // the column

std::string word(const json& object, const char* member)
{
    return object.contains(member) && object.at(member).is_string()
        ? object.at(member).get<std::string>()
        : "";
}

std::string counts(const json& findings)
{
    std::string out;
    for (const char* severity : { "critical", "major", "minor", "warning", "info" }) {
        if (findings.contains(severity)) {
            out += (out.empty() ? "" : ", ") + std::to_string(findings.at(severity).get<int>())
                + " " + severity;
        }
    }
    return out.empty() ? "none" : out;
}

void print(const Table& table, size_t severity = SIZE_MAX)
{
    std::cout << table.text(terminalWidth(), severity);
}

std::string stateOf(const json& finding)
{
    return word(finding, "state")
        + (finding.value("verifiable", true) ? "" : ", not verifiable now");
}

} // namespace

void printNodes(const json& answer)
{
    if (answer.at("nodes").empty()) {
        std::cout << "No node is enrolled; see femtowatch enroll --help\n";
    } else {
        Table table({ "NODE", "VERDICT", "FINDINGS", "CONNECTION", "HEARD AT" });
        for (const json& node : answer.at("nodes")) {
            const std::string reason = word(node, "reason");
            table.add({ word(node, "node"), word(node, "verdict"), counts(node.at("findings")),
                word(node, "connection") + (reason.empty() ? "" : ": " + reason),
                word(node, "heard-at") });
        }
        print(table);
    }
    if (const std::string error = word(answer.at("policy"), "error"); !error.empty()) {
        std::cout << "The policy file is not taken, the former one is in force: "
                  << printable(error) << "\n";
    }
}

void printNode(const json& answer)
{
    constexpr size_t Widest = 14;
    for (const char* fact : { "node", "verdict", "connection", "reason", "heard-at", "address",
             "user", "fingerprint", "profile", "epoch" }) {
        if (const std::string value = word(answer, fact); !value.empty()) {
            std::string name = fact;
            name.resize(Widest, ' ');
            std::cout << name << printable(value) << "\n";
        }
    }
    Table categories({ "CATEGORY", "STATUS", "GENERATION", "UPDATED AT", "DETAIL" });
    for (const json& category : answer.at("categories")) {
        const std::string status = word(category, "status");
        categories.add({ word(category, "category"), status.substr(status.find(':') + 1),
            std::to_string(category.value("generation", 0)), word(category, "updated-at"),
            word(category, "detail") });
    }
    Table results({ "VERDICT", "SEVERITY", "RULE", "OBJECT", "OBSERVED", "REASON" });
    for (const json& result : answer.at("results")) {
        results.add({ word(result, "verdict"), word(result, "severity"), word(result, "rule"),
            word(result, "object"), word(result, "observed"), word(result, "reason") });
    }
    std::cout << "\n";
    print(categories);
    std::cout << "\n";
    print(results, 1);
}

void printFindings(const json& findings)
{
    if (findings.empty()) {
        std::cout << "No findings.\n";
        return;
    }
    Table table(
        { "ID", "SEVERITY", "NODE", "RULE", "OBJECT", "OBSERVED", "EXPECTED", "STATE", "SINCE" });
    for (const json& finding : findings) {
        table.add({ std::to_string(finding.at("id").get<int64_t>()), word(finding, "severity"),
            word(finding, "node"), word(finding, "rule"), word(finding, "object"),
            word(finding, "observed"), word(finding, "expected"), stateOf(finding),
            word(finding, "first-seen") });
    }
    print(table, SeverityOfFinding);
}

void printChange(const json& change)
{
    const json& finding = change.at("finding");
    const std::string severity = word(finding, "severity");
    std::cout << printable(word(change, "what")) << "  "
              << emphasised(severity, printable(severity));
    for (const char* member : { "node", "rule", "object", "observed" }) {
        std::cout << "  " << printable(word(finding, member));
    }
    std::cout << std::endl;
}

} // namespace cli
