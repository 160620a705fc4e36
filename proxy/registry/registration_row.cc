#include "proxy/registry/registration_row.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "identity/credential_id.h"
#include "identity/entity_id.h"
#include "identity/printable.h"
#include "policy/local_address.h"

namespace saproxy::proxy {

using identity::EntityKind;
using identity::ErrorCode;
using identity::fail;
using identity::Result;
using identity::Saef;
using policy::Registration;

namespace {

constexpr std::array kKinds = {EntityKind::Ae, EntityKind::Cse};
constexpr std::string_view kEnded = "ended";  // kind of a row that only keeps an AE-ID
constexpr std::array kSaefs = {Saef::Psk, Saef::Certificate, Saef::Maf};

// Ends each entry of a list, so that none, and an empty one, stay what they are. No control character is ever in one.
constexpr char kEnd = '\n';

template <class T, std::size_t N>
std::optional<T> value_of(std::string_view text, const std::array<T, N>& all) {
  const auto found = std::ranges::find_if(all, [text](T value) { return to_text(value) == text; });
  return found == all.end() ? std::nullopt : std::optional(*found);
}

bool has_control(std::string_view text) {
  return std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

std::string join(const std::vector<std::string>& entries) {
  std::string text;
  for (const std::string& entry : entries) (text += entry) += kEnd;
  return text;
}

std::optional<std::vector<std::string>> split(std::string_view text) {
  std::vector<std::string> entries;
  while (!text.empty()) {
    const std::size_t end = text.find(kEnd);
    if (end == text.npos) return std::nullopt;
    entries.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return entries;
}

Result<bool> wrong(const std::string& what) { return fail(ErrorCode::BadSyntax, what); }

Result<bool> check_fields(const Registration& registration) {
  const std::string& id = registration.entity_id;
  const bool is_cse = registration.kind == EntityKind::Cse;
  if (id.starts_with('/') != is_cse || !identity::is_registree_id(id))
    return wrong(is_cse ? "is no CSE-ID" : "is no AE-ID-Stem");
  if (!identity::CredentialId::parse(registration.credential_id))
    return wrong("credential_id \"" + identity::printable(registration.credential_id) + "\" is no Credential-ID");
  if (has_control(registration.app_id)) return wrong("app_id has a control character");
  if (has_control(registration.resource_id)) return wrong("resource_id has a control character");
  if (has_control(registration.resource_path)) return wrong("resource_path has a control character");
  if (std::ranges::any_of(registration.points_of_access, has_control))
    return wrong("a point of access has a control character");
  const auto is_cse_id = [](const std::string& text) {
    return text.starts_with('/') && identity::is_registree_id(text);
  };
  if (!std::ranges::all_of(registration.descendant_cses, is_cse_id)) return wrong("a descendant is no CSE-ID");
  if (!registration.route.empty() && !policy::is_token(registration.route)) return wrong("route is no token");
  return true;
}

}  // namespace

Result<bool> check_row(const Registration& registration) {
  auto checked = check_fields(registration);
  if (checked) return checked;
  return wrong("registration \"" + identity::printable(registration.entity_id) + "\": " + checked.error().detail);
}

void bind_row(SqliteStatement& put, const Registration& registration) {
  put.bind(1, registration.entity_id);
  put.bind(2, registration.ended ? kEnded : to_text(registration.kind));
  put.bind(3, registration.credential_id);
  put.bind(4, to_text(registration.saef));
  put.bind(5, registration.app_id);
  put.bind(6, registration.resource_id);
  put.bind(7, registration.resource_path);
  put.bind(8, join(registration.points_of_access));
  put.bind(9, std::int64_t{registration.request_reachable});
  put.bind(10, registration.expires);
  put.bind(11, registration.registered);
  put.bind(12, registration.route);
  put.bind(13, join(registration.descendant_cses));
}

Result<Registration> read_row(const SqliteStatement& row, std::size_t number) {
  Registration registration;
  registration.entity_id = row.text(0);
  const auto bad = [&](const std::string& what) {
    return fail(ErrorCode::BadSyntax, "is damaged: row " + std::to_string(number) + ", \"" +
                                          identity::printable(registration.entity_id) + "\": " + what);
  };
  registration.ended = row.text(1) == kEnded;
  const auto kind = registration.ended ? std::optional(EntityKind::Ae) : value_of(row.text(1), kKinds);
  if (!kind) return bad("kind \"" + identity::printable(row.text(1)) + "\" is unknown");
  const auto saef = value_of(row.text(3), kSaefs);
  if (!saef) return bad("saef \"" + identity::printable(row.text(3)) + "\" is unknown");
  auto points = split(row.text(7));
  if (!points) return bad("points_of_access has no end");
  auto descendants = split(row.text(12));
  if (!descendants) return bad("descendant_cses has no end");
  registration.kind = *kind;
  registration.credential_id = row.text(2);
  registration.saef = *saef;
  registration.app_id = row.text(4);
  registration.resource_id = row.text(5);
  registration.resource_path = row.text(6);
  registration.points_of_access = std::move(*points);
  registration.descendant_cses = std::move(*descendants);
  if (row.number(8) != 0 && row.number(8) != 1)
    return bad("request_reachable " + std::to_string(row.number(8)) + " is neither 0 nor 1");
  registration.request_reachable = row.number(8) == 1;
  registration.expires = row.number(9);
  registration.registered = row.number(10);
  registration.route = row.text(11);
  if (const auto checked = check_fields(registration); !checked) return bad(checked.error().detail);
  return registration;
}

}  // namespace saproxy::proxy
