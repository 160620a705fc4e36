#include "policy/local_address.h"

#include <algorithm>

#include "identity/domain_name.h"
#include "policy/point_of_access.h"

namespace saproxy::policy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

constexpr std::string_view kDigits = "abcdefghijklmnopqrstuvwxyz234567";  // RFC 4648 6, lower case
constexpr std::size_t kLongestTarget = 4096;
constexpr std::string_view kHttp = "http://";

bool is_kind(char c) { return c == 'r' || c == 't'; }

// Up to the next slash; both go from `path`.
std::string_view take_segment(std::string_view& path) {
  const std::size_t slash = std::min(path.find('/'), path.size());
  const std::string_view segment = path.substr(0, slash);
  path.remove_prefix(std::min(slash + 1, path.size()));
  return segment;
}

// "~/cse-id/..." and "_/sp/cse-id/..." behind the leading slash; "_//sp/..." as tinyIoT writes it. Spec: TS-0009 6.2.2
void read_cse(LocalTarget& target, std::string_view path) {
  const std::string_view mark = take_segment(path);
  if (mark != "~" && mark != "_") return;
  while (path.starts_with('/')) path.remove_prefix(1);
  if (mark == "_") target.sp = take_segment(path);
  target.cse_id = take_segment(path);
}

}  // namespace

std::string make_token(LocalRoute kind, std::span<const std::uint8_t, kTokenEntropy> entropy) {
  std::string token(1, kind == LocalRoute::Registree ? 'r' : 't');
  std::uint32_t bits = 0;
  unsigned held = 0;
  for (const std::uint8_t byte : entropy) {
    bits = bits << 8 | byte;
    for (held += 8; held >= 5 && token.size() < kTokenSize; held -= 5) token += kDigits[(bits >> (held - 5)) & 31];
  }
  return token;
}

bool is_token(std::string_view text) {
  return text.size() == kTokenSize && is_kind(text.front()) &&
         text.substr(1).find_first_not_of(kDigits) == std::string_view::npos;
}

LocalRoute kind_of(std::string_view token) { return token.front() == 'r' ? LocalRoute::Registree : LocalRoute::Target; }

Result<LocalAddresses> LocalAddresses::make(std::string_view origin) {
  const auto parsed = PointOfAccess::parse(origin);
  if (!parsed) return tl::make_unexpected(parsed.error());
  // One spelling: what is searched for in bodies is compared byte for byte.
  if (parsed->scheme != PointScheme::Http || origin != std::string(kHttp) + parsed->authority())
    return fail(ErrorCode::BadSyntax, "the origin of local addresses is not http://host:port in its usual form");
  return LocalAddresses(std::string(origin));
}

std::string LocalAddresses::address_of(std::string_view token, std::string_view query) const {
  std::string address = origin_ + "/" + std::string(token);
  if (!query.empty()) address += "?" + std::string(query);
  return address;
}

std::optional<std::string_view> LocalAddresses::path_of(std::string_view request_target) const {
  if (request_target.size() >= kLongestTarget || !identity::is_all_visible(request_target) ||
      request_target.find('#') != request_target.npos) {
    return std::nullopt;
  }
  std::string_view path = request_target;
  if (scheme_of(path) == PointScheme::Other) return path;
  if (!path.starts_with(origin_)) return std::nullopt;
  path.remove_prefix(origin_.size());
  if (!path.empty() && path.front() != '/' && path.front() != '?') return std::nullopt;
  return path;
}

std::optional<LocalTarget> LocalAddresses::target_of(std::string_view request_target) const {
  const auto given = path_of(request_target);
  if (!given) return std::nullopt;
  std::string_view path = *given;
  LocalTarget target;
  const std::size_t mark = std::min(path.find('?'), path.size());
  if (mark < path.size()) target.query = path.substr(mark + 1);
  path = path.substr(0, mark);
  target.rest = path;
  if (path.starts_with('/')) path.remove_prefix(1);
  std::string_view after = path;
  const std::string_view first = take_segment(after);
  if (is_token(first)) {
    target.token = first;
    target.rest = after;
    return target;
  }
  read_cse(target, path);
  return target;
}

std::optional<std::string_view> LocalAddresses::token_of(std::string_view url) const {
  if (!url.starts_with(origin_) || url.size() < origin_.size() + 1 + kTokenSize || url[origin_.size()] != '/')
    return std::nullopt;
  const std::string_view token = url.substr(origin_.size() + 1, kTokenSize);
  const std::string_view after = url.substr(origin_.size() + 1 + kTokenSize);
  if (!is_token(token) || !(after.empty() || after.front() == '/' || after.front() == '?')) return std::nullopt;
  return token;
}

}  // namespace saproxy::policy
