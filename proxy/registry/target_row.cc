#include "proxy/registry/target_row.h"

#include "identity/credential_id.h"
#include "identity/entity_id.h"
#include "identity/printable.h"
#include "policy/local_address.h"
#include "policy/point_of_access.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;
using policy::NotificationTarget;

namespace {

Result<bool> check_fields(const NotificationTarget& target) {
  const auto wrong = [](const char* what) { return fail(ErrorCode::BadSyntax, what); };
  if (!policy::is_token(target.token) || policy::kind_of(target.token) != policy::LocalRoute::Target)
    return wrong("is no token of a target");
  if (!identity::is_registree_id(target.entity_id)) return wrong("entity_id is no AE-ID-Stem and no CSE-ID");
  if (!policy::PointOfAccess::parse(target.url, policy::UriQuery::Allowed)) return wrong("url is no direct URL");
  if (!identity::CredentialId::parse(target.subscriber)) return wrong("subscriber is no Credential-ID");
  return true;
}

}  // namespace

Result<bool> check_target_row(const NotificationTarget& target) {
  auto checked = check_fields(target);
  if (checked) return checked;
  return fail(ErrorCode::BadSyntax, "target \"" + identity::printable(target.token) + "\": " + checked.error().detail);
}

void bind_target_row(SqliteStatement& put, const NotificationTarget& target) {
  put.bind(1, target.token);
  put.bind(2, target.entity_id);
  put.bind(3, target.url);
  put.bind(4, target.recorded);
  put.bind(5, target.subscriber);
}

void bind_owner(SqliteStatement& erase, const policy::Registration& registration) {
  erase.bind(1, registration.entity_id);
  erase.bind(2, registration.credential_id);
  erase.bind(3, std::int64_t{registration.ended});
}

Result<NotificationTarget> read_target_row(const SqliteStatement& row, std::size_t number) {
  NotificationTarget target;
  target.token = row.text(0);
  target.entity_id = row.text(1);
  target.url = row.text(2);
  target.recorded = row.number(3);
  target.subscriber = row.text(4);
  const auto bad = [&](const std::string& what) {
    return fail(ErrorCode::BadSyntax, "is damaged: target " + std::to_string(number) + ", \"" +
                                          identity::printable(target.token) + "\": " + what);
  };
  if (const auto checked = check_fields(target); !checked) return bad(checked.error().detail);
  if (row.number(5) != 0) return bad("its registration is not there");
  return target;
}

}  // namespace saproxy::proxy
