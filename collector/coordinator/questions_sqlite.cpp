// What the operator asks of the store: the fleet, and one node.
#include "collector/coordinator/store.h"

#include <stdexcept>

namespace collector {

using nlohmann::json;

namespace {

constexpr const char* NodeColumns
    = "SELECT n.id, n.address, n.port, n.user, n.fingerprint, n.call_home, n.profile, "
      "n.enrolled_at,"
      " n.connection, n.reason, n.connection_since, n.heard_at, n.epoch, n.sequence, n.reports,"
      " n.lost FROM node n ";

json row(const sqlite::Statement& at)
{
    return { { "node", at.text(0) }, { "address", at.text(1) }, { "port", at.number(2) },
        { "user", at.text(3) }, { "fingerprint", at.text(4) }, { "call-home", at.number(5) != 0 },
        { "profile", at.text(6) }, { "enrolled-at", at.text(7) }, { "connection", at.text(8) },
        { "reason", at.text(9) }, { "connection-since", at.text(10) }, { "heard-at", at.text(11) },
        { "epoch", at.text(12) }, { "sequence", at.number(13) }, { "reports", at.number(14) },
        { "reports-lost", at.number(15) } };
}

/// The worst counts, and what could not be decided never hides a violation.
std::string worse(const std::string& a, const std::string& b)
{
    for (const char* each : { "violation", "indeterminate", "compliant" }) {
        if (a == each || b == each) {
            return each;
        }
    }
    return "not-applicable";
}

} // namespace

json Store::nodes()
{
    json all = json::array();
    std::map<std::string, std::string> verdict;
    std::map<std::string, json> open;
    auto& verdicts = prepared("SELECT node, results FROM verdict");
    while (verdicts.next()) {
        std::string& worst = verdict[verdicts.text(0)];
        for (const json& result : json::parse(verdicts.text(1))) {
            if (!result.contains("waived-until")) {
                worst = worse(worst, result.at("verdict"));
            }
        }
    }
    auto& counts = prepared("SELECT node, severity, count(*) FROM finding WHERE state IN ('open',"
                            " 'acknowledged') GROUP BY node, severity");
    while (counts.next()) {
        open[counts.text(0)][counts.text(1)] = counts.number(2);
    }
    static const std::string sql = std::string(NodeColumns) + "ORDER BY n.id";
    auto& select = prepared(sql.c_str());
    while (select.next()) {
        json node = row(select);
        const std::string id = node["node"];
        node["verdict"] = verdict.contains(id) ? verdict[id] : "indeterminate";
        node["findings"] = open.contains(id) ? open[id] : json::object();
        all.push_back(std::move(node));
    }
    return all;
}

json Store::node(const std::string& id)
{
    static const std::string sql = std::string(NodeColumns) + "WHERE n.id = ?";
    auto& select = prepared(sql.c_str()).bind(id);
    if (!select.next()) {
        throw std::invalid_argument("there is no node " + id);
    }
    json found = row(select);
    select.reset();
    found["categories"] = json::array();
    auto& categories = prepared("SELECT category, generation, digest, updated_at, text FROM latest"
                                " WHERE node = ? ORDER BY category")
                           .bind(id);
    while (categories.next()) {
        json category
            = { { "category", categories.text(0) }, { "generation", categories.number(1) },
                  { "digest", categories.text(2) }, { "updated-at", categories.text(3) } };
        const json text = json::parse(categories.text(4));
        const json none = json::array();
        for (const json& status :
            text.value("/femto-security:femto-security/status/category"_json_pointer, none)) {
            category["status"] = status.value("status", "");
            category["detail"] = status.value("detail", "");
        }
        found["categories"].push_back(std::move(category));
    }
    found["results"] = json::array();
    std::string worst;
    auto& verdicts
        = prepared("SELECT results FROM verdict WHERE node = ? ORDER BY category").bind(id);
    while (verdicts.next()) {
        for (const json& result : json::parse(verdicts.text(0))) {
            if (!result.contains("waived-until")) {
                worst = worse(worst, result.at("verdict"));
            }
            found["results"].push_back(result);
        }
    }
    found["verdict"] = worst.empty() ? "indeterminate" : worst;
    found["findings"] = findings({ id, "", false });
    return found;
}

} // namespace collector
