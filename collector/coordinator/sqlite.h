// RAII over the part of SQLite that the store uses.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace collector::sqlite {

/// What SQLite says, with the file it concerns.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Database {
public:
    /// Opens or makes the file. Throws Error: not a database, damaged, may not be written.
    explicit Database(const std::string& file);
    void execute(const char* sql);
    sqlite3* raw() const { return db_.get(); }
    const std::string& file() const { return file_; }

private:
    struct Close {
        void operator()(sqlite3* db) const noexcept;
    };
    std::string file_;
    std::unique_ptr<sqlite3, Close> db_;
};

/// A prepared statement. Parameters are bound in order; run() leaves it ready for the next use.
class Statement {
public:
    Statement(Database& database, const char* sql);

    Statement& bind(std::string_view text);
    Statement& bind(int64_t number);
    /// The next row is there.
    bool next();
    /// All steps, for statements without rows.
    void run();
    void reset();

    std::string text(int column) const;
    std::optional<std::string> optionalText(int column) const;
    int64_t number(int column) const;

private:
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const noexcept;
    };
    Database& database_;
    std::unique_ptr<sqlite3_stmt, Finalize> statement_;
    int bound_ = 0;
};

/// Begins a write; rolled back unless committed.
class Transaction {
public:
    explicit Transaction(Database& database);
    ~Transaction();
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    void commit();

private:
    Database& database_;
    bool done_ = false;
};

} // namespace collector::sqlite
