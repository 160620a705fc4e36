#include "policy/responder_url.h"

#include <algorithm>

#include "identity/domain_name.h"
#include "identity/number.h"
#include "policy/config_endpoint.h"

namespace saproxy::policy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

constexpr std::string_view kHttp = "http://";

// Characters of a path and a query; what would end a line or begin a fragment is none of them.
bool is_target_char(char c) {
  return c > ' ' && c < 0x7f && std::string_view("\"#<>\\^`{|}").find(c) == std::string_view::npos;
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto port = identity::parse_port(text);
  if (!port) return fail(ErrorCode::BadSyntax, "the port is no number from 1 to 65535");
  return *port;
}

Result<AllowedResponder> parse_authority(std::string_view text) {
  AllowedResponder result;
  std::string_view port;
  bool has_port = false;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == text.npos) return fail(ErrorCode::BadSyntax, "'[' without ']'");
    result.host = identity::to_lower_ascii(text.substr(1, end - 1));
    if (!parse_local_address("[" + result.host + "]:1"))
      return fail(ErrorCode::BadSyntax, "no IPv6 address in the brackets");
    text.remove_prefix(end + 1);
    has_port = text.starts_with(':');
    if (!has_port && !text.empty()) return fail(ErrorCode::BadSyntax, "something stands behind ']'");
    port = has_port ? text.substr(1) : std::string_view();
  } else {
    const std::size_t colon = text.find(':');
    has_port = colon != text.npos;
    result.host = identity::to_lower_ascii(text.substr(0, colon));
    port = has_port ? text.substr(colon + 1) : std::string_view();
    if (!identity::is_domain_name(result.host) && !parse_local_address(result.host + ":1"))
      return fail(ErrorCode::BadSyntax, "the host is neither a domain name nor an address");
  }
  if (has_port) {
    SAPROXY_TRY(result.port, parse_port(port));
  }
  return result;
}

}  // namespace

std::string ResponderUrl::authority() const {
  const std::string bare = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return port == 80 ? bare : bare + ":" + std::to_string(port);
}

Result<ResponderUrl> parse_responder_url(std::string_view text) {
  if (text.size() > kMaxResponderUrl) return fail(ErrorCode::OutOfRange, "longer than 512 characters");
  if (identity::to_lower_ascii(text.substr(0, kHttp.size())) != kHttp)
    return fail(ErrorCode::Unsupported, "does not begin with http://");
  text.remove_prefix(kHttp.size());
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  SAPROXY_TRY(AllowedResponder authority, parse_authority(text.substr(0, end)));
  ResponderUrl url;
  url.host = std::move(authority.host);
  if (authority.port != 0) url.port = authority.port;
  const std::string_view target = text.substr(end);
  if (!std::ranges::all_of(target, is_target_char))
    return fail(ErrorCode::BadSyntax, "a character that no path may have");
  if (!target.empty()) url.target = target.starts_with('/') ? std::string(target) : "/" + std::string(target);
  return url;
}

Result<AllowedResponder> parse_allowed_responder(std::string_view text) {
  if (text.size() > kMaxResponderUrl) return fail(ErrorCode::OutOfRange, "longer than 512 characters");
  return parse_authority(text);
}

bool allows(std::span<const AllowedResponder> allowed, const ResponderUrl& url) {
  return allowed.empty() || std::ranges::any_of(allowed, [&url](const AllowedResponder& one) {
           return one.host == url.host && (one.port == 0 || one.port == url.port);
         });
}

}  // namespace saproxy::policy
