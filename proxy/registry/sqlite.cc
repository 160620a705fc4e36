#include "proxy/registry/sqlite.h"

#include <sqlite3.h>

#include <cstring>

#include "identity/printable.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

constexpr int kBusyMilliseconds = 2000;

tl::unexpected<identity::Error> error_of(sqlite3* database, int status) {
  switch (status & 0xff) {  // the primary code of an extended one
    case SQLITE_NOTADB: return fail(ErrorCode::BadSyntax, "is no SQLite file, or its beginning is damaged");
    case SQLITE_CORRUPT: return fail(ErrorCode::BadSyntax, "is damaged: the pages do not fit together");
    case SQLITE_BUSY: return fail(ErrorCode::Failed, "another program keeps it locked");
    case SQLITE_FULL: return fail(ErrorCode::Failed, "the disk is full");
    default: break;
  }
  std::string detail = identity::printable(database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(status));
  const int number = database != nullptr ? sqlite3_system_errno(database) : 0;
  if (number != 0) detail += std::string(": ") + std::strerror(number);
  return fail((status & 0xff) == SQLITE_PERM || (status & 0xff) == SQLITE_READONLY ? ErrorCode::NotPermitted
                                                                                   : ErrorCode::Failed,
              detail);
}

void distrust(sqlite3* database, int longest_value) {
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_ENABLE_VIEW, 0, nullptr);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, longest_value);
  sqlite3_limit(database, SQLITE_LIMIT_ATTACHED, 0);
}

}  // namespace

void SqliteStatement::Finalise::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }

void SqliteStatement::bind(int parameter, std::string_view text) {
  // data() of an empty view may be null, which SQLite would take for NULL.
  const int status = sqlite3_bind_text64(statement_.get(), parameter, text.empty() ? "" : text.data(), text.size(),
                                         SQLITE_TRANSIENT, SQLITE_UTF8);
  if (bind_error_ == SQLITE_OK) bind_error_ = status;
}

void SqliteStatement::bind(int parameter, std::int64_t number) {
  const int status = sqlite3_bind_int64(statement_.get(), parameter, number);
  if (bind_error_ == SQLITE_OK) bind_error_ = status;
}

Result<bool> SqliteStatement::step() {
  const int status = bind_error_ != SQLITE_OK ? bind_error_ : sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) {
    reset();
    return false;
  }
  // Of a value that was not taken the database knows nothing.
  auto error = error_of(bind_error_ != SQLITE_OK ? nullptr : sqlite3_db_handle(statement_.get()), status);
  reset();
  return error;
}

std::string_view SqliteStatement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::int64_t SqliteStatement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }

void SqliteStatement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bind_error_ = SQLITE_OK;
}

void SqliteDatabase::Close::operator()(sqlite3* database) const noexcept { sqlite3_close(database); }

Result<SqliteDatabase> SqliteDatabase::open(const std::string& path, Mode mode, int longest_value) {
  const int access = mode == Mode::ReadWrite ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY;
  sqlite3* opened = nullptr;
  const int status = sqlite3_open_v2(
      path.c_str(), &opened, access | SQLITE_OPEN_NOFOLLOW | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_PRIVATECACHE, nullptr);
  SqliteDatabase database(opened);  // there even after an error, to be asked for it and to be closed
  if (status != SQLITE_OK) return error_of(opened, status);
  // SQLite falls back to reading silently.
  if (mode == Mode::ReadWrite && sqlite3_db_readonly(opened, "main") != 0)
    return fail(ErrorCode::NotPermitted, "cannot be written");
  sqlite3_extended_result_codes(opened, 1);
  sqlite3_busy_timeout(opened, kBusyMilliseconds);
  distrust(opened, longest_value);
  return database;
}

Result<bool> SqliteDatabase::run(const char* statements) {
  const int status = sqlite3_exec(database_.get(), statements, nullptr, nullptr, nullptr);
  if (status != SQLITE_OK) return error_of(database_.get(), status);
  return true;
}

Result<std::string> SqliteDatabase::ask(const char* statement) {
  SAPROXY_TRY(SqliteStatement prepared, prepare(statement));
  SAPROXY_TRY(const bool row, prepared.step());
  return row ? std::string(prepared.text(0)) : std::string();
}

Result<std::int64_t> SqliteDatabase::ask_number(const char* statement) {
  SAPROXY_TRY(SqliteStatement prepared, prepare(statement));
  SAPROXY_TRY(const bool row, prepared.step());
  return row ? prepared.number(0) : 0;
}

Result<SqliteStatement> SqliteDatabase::prepare(const char* statement) {
  sqlite3_stmt* prepared = nullptr;
  const int status = sqlite3_prepare_v3(database_.get(), statement, -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  if (status != SQLITE_OK) return error_of(database_.get(), status);
  return SqliteStatement(prepared);
}

bool SqliteDatabase::in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

}  // namespace saproxy::proxy
