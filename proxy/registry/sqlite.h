// SQLite as two owners: an open database and a prepared statement. The only pair of files that sees the library.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "identity/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace saproxy::proxy {

// Dies before its database. Parameters are counted from 1, columns from 0, as SQLite does.
class SqliteStatement {
 public:
  // Copies the text. What SQLite has against a value is told by the next step().
  void bind(int parameter, std::string_view text);
  void bind(int parameter, std::int64_t number);
  // True: a row is there. False: done; parameters are free again and the next step() begins anew, as after an error.
  [[nodiscard]] identity::Result<bool> step();
  // Of the present row; the view lives until the next step() or reset(). NULL is an empty text and 0.
  [[nodiscard]] std::string_view text(int column) const;
  [[nodiscard]] std::int64_t number(int column) const;
  void reset();

 private:
  friend class SqliteDatabase;
  struct Finalise {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}
  std::unique_ptr<sqlite3_stmt, Finalise> statement_;
  int bind_error_ = 0;
};

class SqliteDatabase {
 public:
  enum class Mode { ReadWrite, ReadOnly };

  // Opens a file that exists; its last component is no symbolic link. Nothing that the file's schema could bring along
  // (functions in views, writes to the schema itself) is trusted, no value may be longer than `longest_value` bytes,
  // and somebody else's lock is waited for 2 s.
  [[nodiscard]] static identity::Result<SqliteDatabase> open(const std::string& path, Mode mode, int longest_value);
  // One or more statements whose rows nobody wants.
  [[nodiscard]] identity::Result<bool> run(const char* statements);
  // The first column of the first row: of a PRAGMA, for instance. No row is an empty text, and 0.
  [[nodiscard]] identity::Result<std::string> ask(const char* statement);
  [[nodiscard]] identity::Result<std::int64_t> ask_number(const char* statement);
  [[nodiscard]] identity::Result<SqliteStatement> prepare(const char* statement);
  [[nodiscard]] bool in_transaction() const;

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept;
  };
  explicit SqliteDatabase(sqlite3* database) : database_(database) {}
  std::unique_ptr<sqlite3, Close> database_;
};

}  // namespace saproxy::proxy
