// The store of the collector: nodes, their latest state, reports, findings with episodes, audit.
// One writer. A batch is in it whole or not at all, and durable when apply() has returned.
#pragma once

#include "collector/coordinator/sqlite.h"

#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace collector {

/// A node as it was enrolled.
struct Enrolment {
    std::string node;
    std::string address; // numeric; empty if it calls home only
    uint16_t port = 830;
    std::string user;
    std::string fingerprint; // of its host key, as ssh-keygen prints it: SHA256:...
    bool callHome = false;
    std::string profile;
};

/// How far the reports of a node are in the store, and what they made of it.
struct Progress {
    std::string epoch;
    uint64_t sequence = 0;
    std::string logTime; // eventTime of that report
    std::string heard; // when anything was last received, or the node was enrolled
};

/// A finding that was opened, changed its severity, or was resolved: what followers are shown.
struct FindingChange {
    std::string what; // "open", "changed" or "resolved"
    nlohmann::json finding;
};

class Store {
public:
    /// Throws sqlite::Error, also if the file was made by a later version.
    Store(const std::string& file, unsigned keepReports);

    // Nodes.
    std::vector<Enrolment> enrolments();
    /// Throws std::invalid_argument if there is a node of this name already.
    void enrol(const Enrolment& node, const std::string& actor);
    /// Throws std::invalid_argument if there is none.
    void dismiss(const std::string& node, const std::string& actor);
    Progress progress(const std::string& node);
    /// Latest content of each category, as the worker sent it.
    std::vector<std::string> latest(const std::string& node);

    /// Events of one batch of a worker (collector/messages.h). Those of nodes that are not
    /// enrolled, and reports that are there already, are left out. Throws sqlite::Error: nothing is
    /// then changed.
    std::vector<FindingChange> apply(const nlohmann::json& events);

    // Questions of the operator.
    nlohmann::json nodes();
    /// One node with its categories and the verdict of each rule. Throws std::invalid_argument.
    nlohmann::json node(const std::string& node);
    struct Wanted {
        std::string node; // all if empty
        std::string severity; // all if empty
        bool resolved = false; // those too
    };
    nlohmann::json findings(const Wanted& wanted);
    /// Throws std::invalid_argument if there is no such open finding.
    void acknowledge(int64_t finding, const std::string& actor, const std::string& comment);

    void audit(const std::string& actor, const std::string& action, const std::string& subject,
        const std::string& detail);

private:
    sqlite::Statement& prepared(const char* sql);
    void report(const std::string& node, const nlohmann::json& event);
    void state(const std::string& node, const nlohmann::json& event);
    void connection(const std::string& node, const nlohmann::json& event);
    void verdicts(const std::string& node, const nlohmann::json& event);
    void open(const std::string& node, const nlohmann::json& result, const std::string& now);
    void resolve(int64_t finding, const std::string& now);
    nlohmann::json finding(int64_t id);

    sqlite::Database database_;
    unsigned keepReports_;
    std::map<const char*, sqlite::Statement> prepared_;
    std::vector<FindingChange> changes_;
};

} // namespace collector
