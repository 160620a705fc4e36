#include "policy/config_endpoint.h"

#include <algorithm>
#include <optional>

#include "identity/number.h"
#include "policy/ip_address.h"

namespace saproxy::policy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kHttp = "http://";
constexpr std::size_t kLongestUnixPath = 107;  // sun_path without its NUL

Result<Endpoint> parse_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || text.ends_with(']')) return fail(ErrorCode::BadSyntax, "the port is missing");
  const auto port = identity::parse_number(text.substr(colon + 1), 5, 65535);
  if (!port) return fail(ErrorCode::BadSyntax, "the port is not a number from 0 to 65535");
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (bracketed != (host.find(':') != host.npos))
    return fail(ErrorCode::BadSyntax, "IPv6 addresses, and only they, stand in brackets");
  if (host != "localhost" && !IpAddress::parse(host))
    return fail(ErrorCode::BadSyntax, "the host is neither an IP address nor localhost");
  Endpoint endpoint;
  endpoint.host = host;
  endpoint.port = static_cast<std::uint16_t>(*port);
  return endpoint;
}

Result<Endpoint> parse_unix(std::string_view text) {
  const std::string_view path = text.substr(kUnix.size());
  if (!path.starts_with('/') || path.find('\0') != path.npos)
    return fail(ErrorCode::BadSyntax, "the path of a Unix socket is not absolute");
  if (path.size() > kLongestUnixPath)
    return fail(ErrorCode::OutOfRange, "the path of a Unix socket is longer than 107 bytes");
  Endpoint endpoint;
  endpoint.unix_path = path;
  return endpoint;
}

}  // namespace

std::optional<IpAddress> Endpoint::ip() const { return IpAddress::parse(host == "localhost" ? "127.0.0.1" : host); }

std::string Endpoint::text() const {
  if (is_unix()) return std::string(kUnix) + unix_path;
  const bool ipv6 = host.find(':') != host.npos;
  return (ipv6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<Endpoint> parse_listen_address(std::string_view text) {
  if (text.starts_with(kUnix)) return fail(ErrorCode::Unsupported, "registrees cannot connect to a Unix socket");
  return parse_host_port(text);
}

Result<Endpoint> parse_local_address(std::string_view text) {
  if (text.starts_with(kUnix)) return parse_unix(text);
  return parse_host_port(text);
}

Result<Endpoint> parse_cse_address(std::string_view text) {
  if (text.starts_with(kUnix)) return parse_unix(text);
  if (text.starts_with("https://"))
    return fail(ErrorCode::Unsupported, "the CSE behind saproxy is reached in the clear");
  if (!text.starts_with(kHttp)) return fail(ErrorCode::BadSyntax, "neither http:// nor unix:");
  text.remove_prefix(kHttp.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.find('/') != text.npos) return fail(ErrorCode::Unsupported, "a path after the port is not used");
  SAPROXY_TRY(Endpoint endpoint, parse_local_address(text));
  if (endpoint.port == 0) return fail(ErrorCode::OutOfRange, "port 0 is no address of a server");
  return endpoint;
}

bool is_loopback(const Endpoint& endpoint) {
  const auto address = endpoint.ip();
  return endpoint.is_unix() || (address && address->is_loopback());
}

bool collide(const Endpoint& a, const Endpoint& b) {
  if (a.is_unix() || b.is_unix()) return a.unix_path == b.unix_path;
  if (a.port == 0 || a.port != b.port) return false;
  const auto left = a.ip();
  const auto right = b.ip();
  return left && right && (*left == *right || left->is_unspecified() || right->is_unspecified());
}

}  // namespace saproxy::policy
