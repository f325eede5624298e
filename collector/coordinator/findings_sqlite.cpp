// Findings: verdicts of a category compared with what is open. A finding is resolved only by a
// verdict that could see: one that has become indeterminate stays open and is marked unverifiable.
#include "collector/coordinator/store.h"
#include "common/clock.h"

#include <set>
#include <stdexcept>

namespace collector {

using nlohmann::json;

void Store::verdicts(const std::string& node, const json& event)
{
    const std::string category = event.at("category");
    const json& results = event.at("results");
    const std::string now = wall::now();
    std::set<std::pair<std::string, std::string>> violated;
    std::set<std::string> undecided; // rules of which some object could not be decided
    for (const json& result : results) {
        const std::string verdict = result.at("verdict");
        if (verdict == "violation") {
            open(node, result, now);
            violated.emplace(result.at("rule"), result.value("object", ""));
        } else if (verdict == "indeterminate") {
            undecided.insert(result.at("rule"));
        }
    }
    std::vector<int64_t> resolved;
    std::vector<int64_t> unverifiable;
    auto& select = prepared("SELECT id, rule, object FROM finding WHERE node = ? AND category = ?"
                            " AND state <> 'resolved'")
                       .bind(node)
                       .bind(category);
    while (select.next()) {
        if (!violated.contains(std::pair(select.text(1), select.text(2)))) {
            (undecided.contains(select.text(1)) ? unverifiable : resolved)
                .push_back(select.number(0));
        }
    }
    for (const int64_t id : resolved) {
        resolve(id, now);
    }
    for (const int64_t id : unverifiable) {
        prepared("UPDATE finding SET verifiable = 0 WHERE id = ?").bind(id).run();
    }
    prepared(
        "INSERT INTO verdict (node, category, results, policy, judged_at)"
        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (node, category) DO UPDATE SET"
        " results = excluded.results, policy = excluded.policy, judged_at = excluded.judged_at")
        .bind(node)
        .bind(category)
        .bind(results.dump())
        .bind(event.value("policy", ""))
        .bind(now)
        .run();
}

void Store::open(const std::string& node, const json& result, const std::string& now)
{
    const std::string rule = result.at("rule");
    const std::string object = result.value("object", "");
    const std::string severity = result.at("severity");
    const std::string waived = result.value("waived-until", "");
    auto& select = prepared("SELECT id, state, severity FROM finding"
                            " WHERE node = ? AND rule = ? AND object = ?")
                       .bind(node)
                       .bind(rule)
                       .bind(object);
    int64_t id = 0;
    std::string state;
    std::string formerSeverity;
    if (select.next()) {
        id = select.number(0);
        state = select.text(1);
        formerSeverity = select.text(2);
        select.reset();
    }
    const bool begins = id == 0 || state == "resolved";
    std::string newState = begins || state == "waived" ? "open" : state;
    if (!waived.empty()) {
        newState = "waived";
    }
    auto& upsert = prepared(
        "INSERT INTO finding (node, rule, object, category, severity, state, observed, expected,"
        " evidence, remediation, first_seen, last_seen) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (node, rule, object) DO UPDATE SET category = excluded.category,"
        " severity = excluded.severity, state = excluded.state, observed = excluded.observed,"
        " expected = excluded.expected, evidence = excluded.evidence,"
        " remediation = excluded.remediation, last_seen = excluded.last_seen, verifiable = 1,"
        " resolved_at = NULL RETURNING id");
    upsert.bind(node).bind(rule).bind(object);
    upsert.bind(result.at("category").get<std::string>()).bind(severity).bind(newState);
    upsert.bind(result.value("observed", "")).bind(result.value("expected", ""));
    upsert.bind(result.value("evidence", json::array()).dump());
    upsert.bind(result.value("remediation", "")).bind(now).bind(now);
    upsert.next();
    id = upsert.number(0);
    upsert.reset();
    if (begins) {
        const Progress at = progress(node);
        prepared("INSERT INTO episode (finding, start_at, epoch, sequence) VALUES (?, ?, ?, ?)")
            .bind(id)
            .bind(now)
            .bind(at.epoch)
            .bind(static_cast<int64_t>(at.sequence))
            .run();
        changes_.push_back({ "open", finding(id) });
    } else if (formerSeverity != severity || state != newState) {
        changes_.push_back({ "changed", finding(id) });
    }
}

void Store::resolve(int64_t id, const std::string& now)
{
    prepared("UPDATE finding SET state = 'resolved', resolved_at = ?, verifiable = 1 WHERE id = ?")
        .bind(now)
        .bind(id)
        .run();
    prepared("UPDATE episode SET end_at = ? WHERE finding = ? AND end_at IS NULL")
        .bind(now)
        .bind(id)
        .run();
    changes_.push_back({ "resolved", finding(id) });
}

namespace {

constexpr const char* Columns
    = "SELECT f.id, f.node, f.rule, f.object, f.category, f.severity, f.state, f.observed,"
      " f.expected, f.evidence, f.remediation, f.verifiable, f.note, f.first_seen, f.last_seen,"
      " f.resolved_at, (SELECT count(*) FROM episode e WHERE e.finding = f.id) FROM finding f ";

json row(const sqlite::Statement& at)
{
    json finding = { { "id", at.number(0) }, { "node", at.text(1) }, { "rule", at.text(2) },
        { "object", at.text(3) }, { "category", at.text(4) }, { "severity", at.text(5) },
        { "state", at.text(6) }, { "observed", at.text(7) }, { "expected", at.text(8) },
        { "evidence", json::parse(at.text(9)) }, { "remediation", at.text(10) },
        { "verifiable", at.number(11) != 0 }, { "first-seen", at.text(13) },
        { "last-seen", at.text(14) }, { "episodes", at.number(16) } };
    if (const auto note = at.optionalText(12)) {
        finding["note"] = *note;
    }
    if (const auto resolved = at.optionalText(15)) {
        finding["resolved-at"] = *resolved;
    }
    return finding;
}

} // namespace

json Store::finding(int64_t id)
{
    static const std::string sql = std::string(Columns) + "WHERE f.id = ?";
    auto& select = prepared(sql.c_str()).bind(id);
    select.next();
    json found = row(select);
    select.reset();
    return found;
}

json Store::findings(const Wanted& wanted)
{
    static const std::string sql = std::string(Columns)
        + "WHERE (?1 = '' OR f.node = ?1) AND (?2 = '' OR f.severity = ?2)"
          " AND (?3 OR f.state <> 'resolved') ORDER BY CASE f.severity WHEN 'critical' THEN 0 WHEN"
          " 'major' THEN 1 WHEN 'minor' THEN 2 WHEN 'warning' THEN 3 ELSE 4 END, f.node, f.rule,"
          " f.object";
    auto& select = prepared(sql.c_str())
                       .bind(wanted.node)
                       .bind(wanted.severity)
                       .bind(int64_t { wanted.resolved });
    json all = json::array();
    while (select.next()) {
        all.push_back(row(select));
    }
    return all;
}

void Store::acknowledge(int64_t id, const std::string& actor, const std::string& comment)
{
    sqlite::Transaction transaction(database_);
    auto& update = prepared("UPDATE finding SET state = 'acknowledged', note = ? WHERE id = ? AND"
                            " state IN ('open', 'acknowledged') RETURNING node")
                       .bind(actor + ": " + comment)
                       .bind(id);
    const bool found = update.next();
    update.reset();
    if (!found) {
        throw std::invalid_argument("there is no open finding " + std::to_string(id));
    }
    audit(actor, "acknowledge", std::to_string(id), comment);
    transaction.commit();
}

} // namespace collector
