#include "collector/coordinator/sqlite.h"

#include <cstring>
#include <sqlite3.h>

namespace collector::sqlite {

namespace {

[[noreturn]] void fail(const Database& database)
{
    sqlite3* const db = database.raw();
    std::string why = db ? sqlite3_errmsg(db) : "out of memory";
    if (db && (sqlite3_errcode(db) & 0xff) == SQLITE_CANTOPEN && sqlite3_system_errno(db) != 0) {
        why += std::string(": ") + strerror(sqlite3_system_errno(db));
    }
    throw Error(database.file() + ": " + why);
}

} // namespace

void Database::Close::operator()(sqlite3* db) const noexcept
{
    sqlite3_close_v2(db);
}

Database::Database(const std::string& file)
    : file_(file)
{
    sqlite3* db = nullptr;
    const int rc = sqlite3_open_v2(file.c_str(), &db,
        SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
    db_.reset(db);
    if (rc != SQLITE_OK) {
        fail(*this);
    }
    sqlite3_extended_result_codes(db, 1);
    if (file != ":memory:" && sqlite3_db_readonly(db, "main") == 1) {
        throw Error(file + ": may not be written");
    }
    // WAL: one fsync for a batch, readers are not held up; FULL: what was acknowledged is durable.
    execute("PRAGMA journal_mode=WAL");
    execute("PRAGMA synchronous=FULL");
    execute("PRAGMA foreign_keys=ON");
    execute("PRAGMA busy_timeout=2000");
    Statement check(*this, "PRAGMA quick_check(1)");
    if (!check.next() || check.text(0) != "ok") {
        throw Error(file + ": damaged: " + check.text(0));
    }
}

void Database::execute(const char* sql)
{
    if (sqlite3_exec(db_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) {
        fail(*this);
    }
}

void Statement::Finalize::operator()(sqlite3_stmt* statement) const noexcept
{
    sqlite3_finalize(statement);
}

Statement::Statement(Database& database, const char* sql)
    : database_(database)
{
    sqlite3_stmt* made = nullptr;
    if (sqlite3_prepare_v3(database.raw(), sql, -1, SQLITE_PREPARE_PERSISTENT, &made, nullptr)
        != SQLITE_OK) {
        fail(database);
    }
    statement_.reset(made);
}

Statement& Statement::bind(std::string_view text)
{
    if (sqlite3_bind_text64(
            statement_.get(), ++bound_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8)
        != SQLITE_OK) {
        fail(database_);
    }
    return *this;
}

Statement& Statement::bind(int64_t number)
{
    if (sqlite3_bind_int64(statement_.get(), ++bound_, number) != SQLITE_OK) {
        fail(database_);
    }
    return *this;
}

bool Statement::next()
{
    const int rc = sqlite3_step(statement_.get());
    if (rc == SQLITE_ROW) {
        return true;
    }
    if (rc != SQLITE_DONE) {
        const std::string said = sqlite3_errmsg(database_.raw());
        reset();
        throw Error(database_.file() + ": " + said);
    }
    reset();
    return false;
}

void Statement::run()
{
    while (next()) { }
}

void Statement::reset()
{
    sqlite3_reset(statement_.get());
    sqlite3_clear_bindings(statement_.get());
    bound_ = 0;
}

std::string Statement::text(int column) const
{
    return optionalText(column).value_or("");
}

std::optional<std::string> Statement::optionalText(int column) const
{
    const void* const at = sqlite3_column_text(statement_.get(), column);
    if (!at) {
        return std::nullopt;
    }
    const int size = sqlite3_column_bytes(statement_.get(), column);
    return std::string(static_cast<const char*>(at), static_cast<size_t>(size));
}

int64_t Statement::number(int column) const
{
    return sqlite3_column_int64(statement_.get(), column);
}

Transaction::Transaction(Database& database)
    : database_(database)
{
    database_.execute("BEGIN IMMEDIATE");
}

Transaction::~Transaction()
{
    if (!done_) {
        sqlite3_exec(database_.raw(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit()
{
    database_.execute("COMMIT");
    done_ = true;
}

} // namespace collector::sqlite
