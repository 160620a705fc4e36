// The embedded store: one SQLite file.
//
// Write-ahead log with synchronous=EXTRA. A commit is one append to the log and one fdatasync before apply() returns,
// where a rollback journal needs three; and somebody who reads beside us, even stopped in the middle, never holds up a
// commit, which would hold up the control thread. What power loss or a kill leaves behind is taken up from the log by
// whoever opens the file next. EXTRA also covers the two moments in which the file still has a rollback journal: its
// creation and the change to the log. One thing no log can promise: a group that failed because the disk did not
// synchronise may still have reached it, and shows after a crash that comes before the next change.
#include <optional>
#include <utility>

#include "proxy/registry/registration_row.h"
#include "proxy/registry/sqlite.h"
#include "proxy/registry/store.h"
#include "proxy/registry/store_file.h"
#include "proxy/registry/target_row.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;
using policy::NotificationTarget;
using policy::Registration;
using policy::RegistryChange;

namespace {

constexpr std::int64_t kApplication = 0x73617072;  // "sapr", in the header of the file
constexpr std::int64_t kVersion = 3;
constexpr std::int64_t kVersionWithoutDescendants = 2;
constexpr std::int64_t kVersionWithoutRoutes = 1;  // and without targets
constexpr const char* kMark = "PRAGMA application_id = 0x73617072; PRAGMA user_version = 3";
constexpr int kLongestValue = 4 << 20;  // bytes; the content of a request is shorter

tl::unexpected<identity::Error> at(const std::string& path, identity::Error error) {
  return fail(error.code, path + ": " + error.detail);
}

Result<bool> make_schema(SqliteDatabase& database) {
  // All in one transaction: a kill in the middle leaves an empty file, which is a fresh one.
  SAPROXY_TRY([[maybe_unused]] const bool begun, database.run("BEGIN IMMEDIATE"));
  SAPROXY_TRY([[maybe_unused]] const bool made, database.run(kCreateRegistrations));
  SAPROXY_TRY([[maybe_unused]] const bool targets, database.run(kCreateTargets));
  SAPROXY_TRY([[maybe_unused]] const bool marked, database.run(kMark));
  return database.run("COMMIT");
}

bool is_earlier(std::int64_t version) {
  return version == kVersionWithoutRoutes || version == kVersionWithoutDescendants;
}

// Ours, and of a version that we know.
Result<bool> check_schema(SqliteDatabase& database) {
  SAPROXY_TRY(const std::int64_t application, database.ask_number("PRAGMA application_id"));
  if (application != kApplication) return fail(ErrorCode::Unsupported, "belongs to another program; name another path");
  SAPROXY_TRY(const std::int64_t version, database.ask_number("PRAGMA user_version"));
  if (is_earlier(version))
    return fail(ErrorCode::Unsupported,
                "has version " + std::to_string(version) + ": `saproxy run` brings it up to date when it starts");
  if (version != kVersion)
    return fail(ErrorCode::Unsupported, "has version " + std::to_string(version) +
                                            ", and this saproxy knows version 3; use the one that wrote it");
  return true;
}

// A store of an earlier version becomes one of ours, all of it or nothing.
Result<bool> bring_up_to_date(SqliteDatabase& database) {
  SAPROXY_TRY(const std::int64_t application, database.ask_number("PRAGMA application_id"));
  SAPROXY_TRY(const std::int64_t version, database.ask_number("PRAGMA user_version"));
  if (application != kApplication || !is_earlier(version)) return true;
  SAPROXY_TRY([[maybe_unused]] const bool begun, database.run("BEGIN IMMEDIATE"));
  if (version == kVersionWithoutRoutes) {
    SAPROXY_TRY([[maybe_unused]] const bool added, database.run(kAddRoute));
    SAPROXY_TRY([[maybe_unused]] const bool targets, database.run(kCreateTargets));
  }
  SAPROXY_TRY([[maybe_unused]] const bool descendants, database.run(kAddDescendants));
  SAPROXY_TRY([[maybe_unused]] const bool marked, database.run(kMark));
  return database.run("COMMIT");
}

// The structure of every page; contents are looked at by load().
Result<bool> check_pages(SqliteDatabase& database) {
  SAPROXY_TRY(const std::string verdict, database.ask("PRAGMA quick_check(1)"));
  if (verdict != "ok") return fail(ErrorCode::BadSyntax, "is damaged: the pages do not fit together");
  return true;
}

Result<bool> is_fresh(SqliteDatabase& database) {
  SAPROXY_TRY(const std::int64_t pages, database.ask_number("PRAGMA page_count"));
  return pages == 0;
}

Result<bool> make_ready_to_read(SqliteDatabase& database) {
  SAPROXY_TRY(const bool fresh, is_fresh(database));
  if (fresh) return fail(ErrorCode::NotFound, "is empty yet; `saproxy run` makes it a store");
  return check_schema(database);
}

Result<bool> make_ready_to_own(SqliteDatabase& database, const std::string& path) {
  SAPROXY_TRY([[maybe_unused]] const bool synchronous, database.run("PRAGMA synchronous = EXTRA"));
  SAPROXY_TRY(const bool fresh, is_fresh(database));
  if (fresh) SAPROXY_TRY_VOID(make_schema(database));
  SAPROXY_TRY([[maybe_unused]] const bool current, bring_up_to_date(database));
  SAPROXY_TRY([[maybe_unused]] const bool ours, check_schema(database));
  SAPROXY_TRY(const std::string mode, database.ask("PRAGMA journal_mode = WAL"));
  if (mode != "wal") return fail(ErrorCode::Unsupported, "the file system of its folder has no shared memory for it");
  return keep_store_private(path);
}

class SqliteStore final : public RegistryStore {
 public:
  SqliteStore(std::string path, std::optional<StoreLock> lock, SqliteDatabase database)
      : path_(std::move(path)), lock_(std::move(lock)), database_(std::move(database)) {}

  // Of a store that is to be written.
  [[nodiscard]] Result<bool> prepare() {
    SAPROXY_TRY(put_, database_.prepare(kPutRegistration));
    SAPROXY_TRY(erase_, database_.prepare(kEraseRegistration));
    SAPROXY_TRY(put_target_, database_.prepare(kPutTarget));
    SAPROXY_TRY(erase_targets_, database_.prepare(kEraseTargets));
    SAPROXY_TRY(erase_others_targets_, database_.prepare(kEraseTargetsOfOthers));
    return true;
  }

  Result<std::vector<Registration>> load() override {
    auto loaded = read_all<Registration>(kReadRegistrations, read_row);
    if (!loaded) return at(path_, loaded.error());
    return loaded;
  }

  Result<std::vector<NotificationTarget>> load_targets() override {
    auto loaded = read_all<NotificationTarget>(kReadTargets, read_target_row);
    if (!loaded) return at(path_, loaded.error());
    return loaded;
  }

  Result<bool> apply(std::span<const RegistryChange> changes) override {
    if (!put_) return fail(ErrorCode::NotPermitted, path_ + ": was opened for reading");
    if (changes.empty()) return true;
    auto done = write_all(changes);
    if (done) return done;
    // Some errors end the transaction by themselves.
    if (database_.in_transaction()) static_cast<void>(database_.run("ROLLBACK"));
    return at(path_, done.error());
  }

 private:
  template <class Row>
  [[nodiscard]] Result<std::vector<Row>> read_all(const char* statement,
                                                  Result<Row> (*read)(const SqliteStatement&, std::size_t)) {
    std::vector<Row> all;
    SAPROXY_TRY(SqliteStatement rows, database_.prepare(statement));
    while (true) {
      SAPROXY_TRY(const bool there, rows.step());
      if (!there) return all;
      SAPROXY_TRY(Row row, read(rows, all.size() + 1));
      all.push_back(std::move(row));
    }
  }

  [[nodiscard]] Result<bool> write_all(std::span<const RegistryChange> changes) {
    SAPROXY_TRY([[maybe_unused]] const bool begun, database_.run("BEGIN IMMEDIATE"));
    for (const RegistryChange& change : changes) SAPROXY_TRY_VOID(write(change));
    return database_.run("COMMIT");
  }

  [[nodiscard]] Result<bool> write(const RegistryChange& change) {
    switch (change.kind) {
      case RegistryChange::Kind::Put: return put(change.registration);
      case RegistryChange::Kind::Erase: return erase(change.registration.entity_id);
      case RegistryChange::Kind::PutTargets: return put_targets(change.targets);
    }
    return fail(ErrorCode::Unsupported, "the change is unknown");
  }

  [[nodiscard]] Result<bool> put(const Registration& registration) {
    SAPROXY_TRY([[maybe_unused]] const bool checked, check_row(registration));
    bind_owner(*erase_others_targets_, registration);
    SAPROXY_TRY([[maybe_unused]] const bool erased, erase_others_targets_->step());
    bind_row(*put_, registration);
    return put_->step();
  }

  [[nodiscard]] Result<bool> erase(const std::string& entity_id) {
    erase_targets_->bind(1, entity_id);
    SAPROXY_TRY([[maybe_unused]] const bool erased, erase_targets_->step());
    erase_->bind(1, entity_id);
    return erase_->step();
  }

  [[nodiscard]] Result<bool> put_targets(const std::vector<NotificationTarget>& targets) {
    for (const NotificationTarget& target : targets) {
      SAPROXY_TRY([[maybe_unused]] const bool checked, check_target_row(target));
      bind_target_row(*put_target_, target);
      SAPROXY_TRY([[maybe_unused]] const bool stored, put_target_->step());
    }
    return true;
  }

  std::string path_;
  std::optional<StoreLock> lock_;  // outlives the database: whoever takes it next finds the file closed
  SqliteDatabase database_;
  // None when opened for reading.
  std::optional<SqliteStatement> put_, erase_, put_target_, erase_targets_, erase_others_targets_;
};

Result<std::unique_ptr<RegistryStore>> open_resolved(const std::string& path, StoreAccess access) {
  const bool own = access == StoreAccess::Own;
  SAPROXY_TRY([[maybe_unused]] const bool usable, prepare_store_file(path, access));
  std::optional<StoreLock> lock;
  if (own) {
    SAPROXY_TRY(StoreLock taken, StoreLock::take(path));
    lock.emplace(std::move(taken));
  }
  SAPROXY_TRY(SqliteDatabase database,
              SqliteDatabase::open(path, own ? SqliteDatabase::Mode::ReadWrite : SqliteDatabase::Mode::ReadOnly,
                                   kLongestValue));
  SAPROXY_TRY([[maybe_unused]] const bool ready,
              own ? make_ready_to_own(database, path) : make_ready_to_read(database));
  SAPROXY_TRY([[maybe_unused]] const bool whole, check_pages(database));
  auto store = std::make_unique<SqliteStore>(path, std::move(lock), std::move(database));
  if (own) SAPROXY_TRY_VOID(store->prepare());
  return store;
}

}  // namespace

Result<std::unique_ptr<RegistryStore>> open_registry_store(const std::string& path, StoreAccess access) {
  auto resolved = resolve_store_path(path);
  if (!resolved) return at(path, resolved.error());
  auto store = open_resolved(*resolved, access);
  if (!store) return at(path, store.error());
  return store;
}

}  // namespace saproxy::proxy
