// A notification target as a row of the store, there and back. Nothing goes in that would not come out again.
#pragma once

#include "identity/result.h"
#include "policy/registration.h"
#include "proxy/registry/sqlite.h"

namespace saproxy::proxy {

// The table, with the columns in the order that bind_target_row and read_target_row use.
inline constexpr const char* kCreateTargets =
    "CREATE TABLE target ("
    " token TEXT NOT NULL PRIMARY KEY, entity_id TEXT NOT NULL, url TEXT NOT NULL, recorded INTEGER NOT NULL,"
    " subscriber TEXT NOT NULL,"
    " UNIQUE (entity_id, url)"
    ") STRICT, WITHOUT ROWID";
inline constexpr const char* kPutTarget =
    "INSERT OR REPLACE INTO target (token, entity_id, url, recorded, subscriber) VALUES (?1, ?2, ?3, ?4, ?5)";
inline constexpr const char* kEraseTargets = "DELETE FROM target WHERE entity_id = ?1";
// policy::keeps_targets() in the words of the store: before the registration ?1 of the credential ?2 is put; ?3: 1 when
// it has ended.
inline constexpr const char* kEraseTargetsOfOthers =
    "DELETE FROM target WHERE entity_id = ?1 AND (?3 = 1 OR NOT EXISTS"
    " (SELECT 1 FROM registration WHERE entity_id = ?1 AND credential_id = ?2))";
// With what belongs to no registration; such a row is told as damage.
inline constexpr const char* kReadTargets =
    "SELECT token, target.entity_id, url, recorded, subscriber, registration.entity_id IS NULL"
    " FROM target LEFT JOIN registration ON registration.entity_id = target.entity_id AND registration.kind <> 'ended'"
    " ORDER BY token";

// A token, an identifier, a direct URL. The error names the target.
[[nodiscard]] identity::Result<bool> check_target_row(const policy::NotificationTarget& target);
void bind_target_row(SqliteStatement& put, const policy::NotificationTarget& target);
void bind_owner(SqliteStatement& erase, const policy::Registration& registration);
// Of the present row of kReadTargets; `number` counts them from 1, for the error.
[[nodiscard]] identity::Result<policy::NotificationTarget> read_target_row(const SqliteStatement& row,
                                                                           std::size_t number);

}  // namespace saproxy::proxy
