// A registration as a row of the store, there and back. Nothing goes in that would not come out again.
#pragma once

#include "identity/result.h"
#include "policy/registration.h"
#include "proxy/registry/sqlite.h"

namespace saproxy::proxy {

// The table, with the columns in the order that bind_row and read_row use.
inline constexpr const char* kCreateRegistrations =
    "CREATE TABLE registration ("
    " entity_id TEXT NOT NULL PRIMARY KEY, kind TEXT NOT NULL, credential_id TEXT NOT NULL, saef TEXT NOT NULL,"
    " app_id TEXT NOT NULL, resource_id TEXT NOT NULL, resource_path TEXT NOT NULL,"
    " points_of_access TEXT NOT NULL,"
    " request_reachable INTEGER NOT NULL, expires INTEGER NOT NULL, registered INTEGER NOT NULL,"
    " route TEXT NOT NULL DEFAULT '', descendant_cses TEXT NOT NULL DEFAULT ''"
    ") STRICT, WITHOUT ROWID";
inline constexpr const char* kPutRegistration =
    "INSERT OR REPLACE INTO registration (entity_id, kind, credential_id, saef, app_id, resource_id, resource_path,"
    " points_of_access, request_reachable, expires, registered, route, descendant_cses)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)";
inline constexpr const char* kEraseRegistration = "DELETE FROM registration WHERE entity_id = ?1";
inline constexpr const char* kReadRegistrations =
    "SELECT entity_id, kind, credential_id, saef, app_id, resource_id, resource_path, points_of_access,"
    " request_reachable, expires, registered, route, descendant_cses FROM registration ORDER BY entity_id";
// Of stores of versions 1, which had no routes, and 2, which knew of no descendants.
inline constexpr const char* kAddRoute = "ALTER TABLE registration ADD COLUMN route TEXT NOT NULL DEFAULT ''";
inline constexpr const char* kAddDescendants =
    "ALTER TABLE registration ADD COLUMN descendant_cses TEXT NOT NULL DEFAULT ''";

// An identifier of the right kind, a Credential-ID, no control character anywhere. The error names the registration.
[[nodiscard]] identity::Result<bool> check_row(const policy::Registration& registration);
void bind_row(SqliteStatement& put, const policy::Registration& registration);
// Of the present row of kReadRegistrations; `number` counts them from 1, for the error.
[[nodiscard]] identity::Result<policy::Registration> read_row(const SqliteStatement& row, std::size_t number);

}  // namespace saproxy::proxy
