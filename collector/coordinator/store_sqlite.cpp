#include "collector/coordinator/store.h"
#include "common/clock.h"

#include <stdexcept>

namespace collector {

namespace {

using nlohmann::json;

constexpr int64_t SchemaVersion = 1;

// Reports are appended by rowid: clustering them by node was four times slower. Latest state and
// latest verdicts have tables of their own, so that questions do not walk history.
constexpr const char* Schema = R"(
CREATE TABLE node (
    id TEXT PRIMARY KEY, address TEXT NOT NULL, port INTEGER NOT NULL, user TEXT NOT NULL,
    fingerprint TEXT NOT NULL, call_home INTEGER NOT NULL, profile TEXT NOT NULL,
    enrolled_at TEXT NOT NULL, connection TEXT NOT NULL DEFAULT 'never', reason TEXT,
    connection_since TEXT, heard_at TEXT, epoch TEXT NOT NULL DEFAULT '',
    sequence INTEGER NOT NULL DEFAULT 0, log_time TEXT NOT NULL DEFAULT '',
    reports INTEGER NOT NULL DEFAULT 0, lost INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE TABLE latest (
    node TEXT NOT NULL REFERENCES node(id) ON DELETE CASCADE, category TEXT NOT NULL,
    text TEXT NOT NULL, generation INTEGER NOT NULL, digest TEXT NOT NULL, updated_at TEXT NOT NULL,
    PRIMARY KEY (node, category)
) STRICT, WITHOUT ROWID;
CREATE TABLE verdict (
    node TEXT NOT NULL REFERENCES node(id) ON DELETE CASCADE, category TEXT NOT NULL,
    results TEXT NOT NULL, policy TEXT NOT NULL, judged_at TEXT NOT NULL,
    PRIMARY KEY (node, category)
) STRICT, WITHOUT ROWID;
CREATE TABLE report (
    id INTEGER PRIMARY KEY, node TEXT NOT NULL REFERENCES node(id) ON DELETE CASCADE,
    epoch TEXT NOT NULL, sequence INTEGER NOT NULL, kind TEXT NOT NULL, time TEXT NOT NULL,
    received_at TEXT NOT NULL, categories TEXT NOT NULL, text TEXT NOT NULL
) STRICT;
CREATE INDEX report_of_node ON report (node, id);
CREATE TABLE finding (
    id INTEGER PRIMARY KEY, node TEXT NOT NULL REFERENCES node(id) ON DELETE CASCADE,
    rule TEXT NOT NULL, object TEXT NOT NULL, category TEXT NOT NULL, severity TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'acknowledged', 'waived', 'resolved')),
    observed TEXT NOT NULL, expected TEXT NOT NULL, evidence TEXT NOT NULL,
    remediation TEXT NOT NULL, verifiable INTEGER NOT NULL DEFAULT 1, note TEXT,
    first_seen TEXT NOT NULL, last_seen TEXT NOT NULL, resolved_at TEXT,
    UNIQUE (node, rule, object)
) STRICT;
CREATE INDEX finding_of_category ON finding (node, category) WHERE state <> 'resolved';
CREATE TABLE episode (
    id INTEGER PRIMARY KEY, finding INTEGER NOT NULL REFERENCES finding(id) ON DELETE CASCADE,
    start_at TEXT NOT NULL, end_at TEXT, epoch TEXT NOT NULL, sequence INTEGER NOT NULL
) STRICT;
CREATE INDEX episode_of_finding ON episode (finding);
CREATE TABLE audit (
    id INTEGER PRIMARY KEY, time TEXT NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL,
    subject TEXT NOT NULL, detail TEXT NOT NULL
) STRICT;
)";

} // namespace

Store::Store(const std::string& file, unsigned keepReports)
    : database_(file)
    , keepReports_(keepReports)
{
    sqlite::Statement version(database_, "PRAGMA user_version");
    version.next();
    const int64_t found = version.number(0);
    version.reset();
    if (found > SchemaVersion) {
        throw sqlite::Error(file + ": made by a later version of this program (schema "
            + std::to_string(found) + ")");
    }
    if (found == 0) {
        sqlite::Transaction transaction(database_);
        database_.execute(Schema);
        database_.execute(("PRAGMA user_version = " + std::to_string(SchemaVersion)).c_str());
        transaction.commit();
    }
}

sqlite::Statement& Store::prepared(const char* sql)
{
    const auto found = prepared_.find(sql);
    return found != prepared_.end() ? found->second
                                    : prepared_.try_emplace(sql, database_, sql).first->second;
}

std::vector<Enrolment> Store::enrolments()
{
    std::vector<Enrolment> all;
    auto& select = prepared("SELECT id, address, port, user, fingerprint, call_home, profile"
                            " FROM node ORDER BY id");
    while (select.next()) {
        all.push_back({ select.text(0), select.text(1), static_cast<uint16_t>(select.number(2)),
            select.text(3), select.text(4), select.number(5) != 0, select.text(6) });
    }
    return all;
}

void Store::enrol(const Enrolment& node, const std::string& actor)
{
    sqlite::Transaction transaction(database_);
    auto& there = prepared("SELECT 1 FROM node WHERE id = ?").bind(node.node);
    if (there.next()) {
        there.reset();
        throw std::invalid_argument("node " + node.node + " is enrolled already");
    }
    prepared("INSERT INTO node (id, address, port, user, fingerprint, call_home, profile,"
             " enrolled_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(node.node)
        .bind(node.address)
        .bind(int64_t { node.port })
        .bind(node.user)
        .bind(node.fingerprint)
        .bind(int64_t { node.callHome })
        .bind(node.profile)
        .bind(wall::now())
        .run();
    audit(actor, "enroll", node.node, node.fingerprint);
    transaction.commit();
}

void Store::dismiss(const std::string& node, const std::string& actor)
{
    sqlite::Transaction transaction(database_);
    auto& there = prepared("DELETE FROM node WHERE id = ? RETURNING id").bind(node);
    const bool found = there.next();
    there.reset();
    if (!found) {
        throw std::invalid_argument("there is no node " + node);
    }
    audit(actor, "dismiss", node, "");
    transaction.commit();
}

Progress Store::progress(const std::string& node)
{
    auto& select = prepared("SELECT epoch, sequence, log_time, coalesce(heard_at, enrolled_at)"
                            " FROM node WHERE id = ?")
                       .bind(node);
    Progress progress;
    if (select.next()) {
        progress = { select.text(0), static_cast<uint64_t>(select.number(1)), select.text(2),
            select.text(3) };
        select.reset();
    }
    return progress;
}

std::vector<std::string> Store::latest(const std::string& node)
{
    std::vector<std::string> all;
    auto& select = prepared("SELECT text FROM latest WHERE node = ? ORDER BY category").bind(node);
    while (select.next()) {
        all.push_back(select.text(0));
    }
    return all;
}

std::vector<FindingChange> Store::apply(const json& events)
{
    changes_.clear();
    sqlite::Transaction transaction(database_);
    for (const json& event : events) {
        const std::string node = event.at("node");
        const std::string kind = event.at("event");
        auto& there = prepared("SELECT 1 FROM node WHERE id = ?").bind(node);
        const bool enrolled = there.next();
        there.reset();
        if (!enrolled) {
            continue;
        }
        if (kind == "report") {
            report(node, event);
        } else if (kind == "state") {
            state(node, event);
        } else if (kind == "verdicts") {
            verdicts(node, event);
        } else if (kind == "lost") {
            const bool repaired = event.at("repaired");
            prepared("UPDATE node SET lost = lost + ? WHERE id = ?")
                .bind(int64_t { !repaired })
                .bind(node)
                .run();
            audit("collector", repaired ? "gap-repaired" : "reports-lost", node, event.dump());
        } else {
            connection(node, event);
        }
    }
    transaction.commit();
    return std::move(changes_);
}

void Store::report(const std::string& node, const json& event)
{
    const Progress before = progress(node);
    const std::string epoch = event.at("epoch");
    const uint64_t sequence = event.at("sequence");
    if (epoch == before.epoch && sequence <= before.sequence) {
        return; // delivered a second time
    }
    const std::string time = event.at("time");
    const std::string received = event.at("received");
    prepared("INSERT INTO report (node, epoch, sequence, kind, time, received_at, categories,"
             " text) VALUES (?, ?, ?, ?, ?, ?, ?, ?)")
        .bind(node)
        .bind(epoch)
        .bind(static_cast<int64_t>(sequence))
        .bind(event.at("kind").get<std::string>())
        .bind(time)
        .bind(received)
        .bind(event.at("categories").dump())
        .bind(event.at("text").get<std::string>())
        .run();
    prepared("UPDATE node SET epoch = ?, sequence = ?, log_time = ?, heard_at = ?,"
             " reports = reports + 1 WHERE id = ?")
        .bind(epoch)
        .bind(static_cast<int64_t>(sequence))
        .bind(time)
        .bind(received)
        .bind(node)
        .run();
    // Of history a bounded number is kept; the newest stay.
    prepared("DELETE FROM report WHERE node = ?1 AND id <= (SELECT id FROM report WHERE node = ?1"
             " ORDER BY id DESC LIMIT 1 OFFSET ?2)")
        .bind(node)
        .bind(int64_t { keepReports_ })
        .run();
}

void Store::state(const std::string& node, const json& event)
{
    prepared("INSERT INTO latest (node, category, text, generation, digest, updated_at)"
             " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (node, category) DO UPDATE SET"
             " text = excluded.text, generation = excluded.generation, digest = excluded.digest,"
             " updated_at = excluded.updated_at")
        .bind(node)
        .bind(event.at("category").get<std::string>())
        .bind(event.at("text").get<std::string>())
        .bind(event.value("generation", int64_t { 0 }))
        .bind(event.value("digest", ""))
        .bind(wall::now())
        .run();
}

void Store::connection(const std::string& node, const json& event)
{
    const std::string kind = event.at("event");
    const std::string reason = event.value("reason", "");
    prepared("UPDATE node SET connection = ?, reason = ?, connection_since = ? WHERE id = ?")
        .bind(kind)
        .bind(reason)
        .bind(wall::now())
        .bind(node)
        .run();
    audit("collector", kind, node, reason);
}

void Store::audit(const std::string& actor, const std::string& action, const std::string& subject,
    const std::string& detail)
{
    prepared("INSERT INTO audit (time, actor, action, subject, detail) VALUES (?, ?, ?, ?, ?)")
        .bind(wall::now())
        .bind(actor)
        .bind(action)
        .bind(subject)
        .bind(detail)
        .run();
}

} // namespace collector
