#include "policy/config_endpoint.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

namespace saproxy::policy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

using AddressBytes = std::array<std::uint8_t, 16>;  // IPv4 as ::ffff:a.b.c.d
constexpr std::string_view kUnix = "unix:";
constexpr std::string_view kHttp = "http://";
constexpr std::size_t kLongestUnixPath = 107;  // sun_path without its NUL

std::optional<unsigned> parse_number(std::string_view text, int base, std::size_t most_digits, unsigned most) {
  if (text.empty() || text.size() > most_digits) return std::nullopt;
  unsigned value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::optional<AddressBytes> parse_ipv4(std::string_view text) {
  AddressBytes bytes{};
  bytes[10] = bytes[11] = 0xff;
  for (std::size_t i = 12; i < 16; ++i) {
    const std::size_t dot = i < 15 ? text.find('.') : text.size();
    if (dot == text.npos) return std::nullopt;
    const std::string_view part = text.substr(0, dot);
    const auto number = parse_number(part, 10, 3, 255);
    if (!number || (part.size() > 1 && part.front() == '0')) return std::nullopt;  // "010" is octal elsewhere
    bytes[i] = static_cast<std::uint8_t>(*number);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return bytes;
}

// Groups of one side of "::" ("" gives none); nothing when one is malformed.
std::optional<std::vector<std::uint16_t>> parse_groups(std::string_view text) {
  std::vector<std::uint16_t> groups;
  while (!text.empty()) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const auto group = parse_number(text.substr(0, colon), 16, 4, 0xffff);
    if (!group || groups.size() == 8 || colon + 1 == text.size()) return std::nullopt;
    groups.push_back(static_cast<std::uint16_t>(*group));
    text.remove_prefix(std::min(colon + 1, text.size()));
  }
  return groups;
}

// RFC 4291 2.2 forms 1 and 2; no zone, no embedded IPv4.
std::optional<AddressBytes> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const auto head = parse_groups(text.substr(0, std::min(gap, text.size())));
  const auto tail = parse_groups(gap == text.npos ? std::string_view() : text.substr(gap + 2));
  if (!head || !tail) return std::nullopt;
  const std::size_t count = head->size() + tail->size();
  if (gap == text.npos ? count != 8 : count > 7) return std::nullopt;
  AddressBytes bytes{};
  const auto put = [&bytes](std::size_t index, std::uint16_t group) {
    bytes[2 * index] = static_cast<std::uint8_t>(group >> 8);
    bytes[2 * index + 1] = static_cast<std::uint8_t>(group & 0xff);
  };
  for (std::size_t i = 0; i < head->size(); ++i) put(i, (*head)[i]);
  for (std::size_t i = 0; i < tail->size(); ++i) put(8 - tail->size() + i, (*tail)[i]);
  return bytes;
}

std::optional<AddressBytes> parse_address(std::string_view host) {
  return host.find(':') == host.npos ? parse_ipv4(host) : parse_ipv6(host);
}

bool is_wildcard(const AddressBytes& bytes) {
  return std::ranges::all_of(bytes, [](std::uint8_t b) { return b == 0; }) || bytes == *parse_ipv4("0.0.0.0");
}

Result<Endpoint> parse_host_port(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == text.npos || text.ends_with(']')) return fail(ErrorCode::BadSyntax, "the port is missing");
  const auto port = parse_number(text.substr(colon + 1), 10, 5, 65535);
  if (!port) return fail(ErrorCode::BadSyntax, "the port is not a number from 0 to 65535");
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (bracketed != (host.find(':') != host.npos))
    return fail(ErrorCode::BadSyntax, "IPv6 addresses, and only they, stand in brackets");
  if (host != "localhost" && !parse_address(host))
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
  if (endpoint.is_unix() || endpoint.host == "localhost") return true;
  const auto bytes = parse_address(endpoint.host);
  if (!bytes) return false;
  return *bytes == *parse_ipv6("::1") ||
         ((*bytes)[12] == 127 && std::equal(bytes->begin(), bytes->begin() + 12, parse_ipv4("127.0.0.1")->begin()));
}

bool collide(const Endpoint& a, const Endpoint& b) {
  if (a.is_unix() || b.is_unix()) return a.unix_path == b.unix_path;
  if (a.port == 0 || a.port != b.port) return false;
  if (a.host == b.host) return true;
  const auto left = parse_address(a.host == "localhost" ? "127.0.0.1" : a.host);
  const auto right = parse_address(b.host == "localhost" ? "127.0.0.1" : b.host);
  return left && right && (*left == *right || is_wildcard(*left) || is_wildcard(*right));
}

}  // namespace saproxy::policy
