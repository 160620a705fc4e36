#include "policy/point_of_access.h"

#include <algorithm>
#include <array>

#include "identity/domain_name.h"
#include "identity/number.h"

namespace saproxy::policy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

struct NamedScheme {
  std::string_view name;
  PointScheme scheme;
  std::uint16_t port;
};
constexpr std::array kSchemes = {
    NamedScheme{"http", PointScheme::Http, 80}, NamedScheme{"https", PointScheme::Https, 443},
    NamedScheme{"coap", PointScheme::Coap, 5683}, NamedScheme{"coaps", PointScheme::Coaps, 5684}};
constexpr std::string_view kSeparator = "://";

int hex_value(char c) {
  if (identity::is_digit(c)) return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

// pchar of RFC 3986 3.3, '/' and '?'; the percent sign is looked at by itself.
bool is_path_character(char c) {
  return identity::is_letter_or_digit(c) || std::string_view("-._~!$&'()*+,;=:@/?").find(c) != std::string_view::npos;
}

// `what` is "path" or "query".
Result<void> check_characters(std::string_view text, const std::string& what) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_path_character(text[i])) continue;
    if (text[i] != '%') return fail(ErrorCode::BadSyntax, "the " + what + " has a character that no URI has there");
    const int high = i + 2 < text.size() ? hex_value(text[i + 1]) : -1;
    const int low = i + 2 < text.size() ? hex_value(text[i + 2]) : -1;
    if (high < 0 || low < 0)
      return fail(ErrorCode::BadSyntax, "the " + what + " has a '%' without two hexadecimal digits");
    if (high < 2 || (high == 7 && low == 15))
      return fail(ErrorCode::BadSyntax, "the " + what + " has an escaped control character");
    i += 2;
  }
  return {};
}

Result<std::uint16_t> parse_port(std::string_view text) {
  const auto port = identity::parse_port(text);
  if (!port) return fail(ErrorCode::OutOfRange, "the port is not a number from 1 to 65535");
  return *port;
}

Result<void> read_literal(PointOfAccess& point, std::string_view inside) {
  if (inside.find('%') != inside.npos) return fail(ErrorCode::Unsupported, "an IPv6 address with a zone");
  point.address = IpAddress::parse(inside);
  if (!point.address || inside.find(':') == inside.npos)
    return fail(ErrorCode::BadSyntax, "what stands in brackets is no IPv6 address");
  return {};
}

Result<void> read_host(PointOfAccess& point, std::string_view host) {
  if (host.empty()) return fail(ErrorCode::BadSyntax, "the host is missing");
  point.address = IpAddress::parse(host);
  if (point.address) return {};
  if (host.ends_with('.')) host.remove_suffix(1);
  // A domain name whose last label has only digits is an IPv4 address in an odd spelling, and so is "0x7f.1" to some.
  const std::string_view last = host.substr(host.rfind('.') + 1);
  const bool hexadecimal = last.starts_with("0x") || last.starts_with("0X");
  if (!identity::is_domain_name(host) || hexadecimal)
    return fail(ErrorCode::BadSyntax, "the host is neither a domain name nor an IP address in its usual form");
  point.domain_name = identity::to_lower_ascii(host);
  return {};
}

// host[:port] or [IPv6][:port]
Result<void> read_authority(PointOfAccess& point, std::string_view authority) {
  if (authority.find('@') != authority.npos)
    return fail(ErrorCode::Unsupported, "a user name or password before the host");
  std::string_view rest;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == authority.npos) return fail(ErrorCode::BadSyntax, "the bracket of the IPv6 address is not closed");
    SAPROXY_TRY_VOID(read_literal(point, authority.substr(1, end - 1)));
    rest = authority.substr(end + 1);
  } else {
    const std::size_t colon = std::min(authority.find(':'), authority.size());
    rest = authority.substr(colon);
    if (rest.find(':', 1) != rest.npos) return fail(ErrorCode::BadSyntax, "an IPv6 address without brackets");
    SAPROXY_TRY_VOID(read_host(point, authority.substr(0, colon)));
  }
  if (rest.empty()) {
    point.port = default_port(point.scheme);
    return {};
  }
  if (rest.front() != ':') return fail(ErrorCode::BadSyntax, "something follows the bracket that is no port");
  if (rest.size() == 1) return fail(ErrorCode::BadSyntax, "the port is empty");
  SAPROXY_TRY(point.port, parse_port(rest.substr(1)));
  return {};
}

Result<void> read_path(PointOfAccess& point, std::string_view text, UriQuery query) {
  if (text.find('#') != text.npos) return fail(ErrorCode::Unsupported, "a fragment ('#')");
  const std::size_t mark = std::min(text.find('?'), text.size());
  SAPROXY_TRY_VOID(check_characters(text.substr(0, mark), "path"));
  point.path = text.substr(0, mark);
  if (mark == text.size()) return {};
  if (query == UriQuery::Refused) return fail(ErrorCode::Unsupported, "a query ('?')");
  SAPROXY_TRY_VOID(check_characters(text.substr(mark + 1), "query"));
  point.query = text.substr(mark + 1);
  return {};
}

}  // namespace

std::string_view to_text(PointScheme scheme) {
  for (const NamedScheme& known : kSchemes) {
    if (known.scheme == scheme) return known.name;
  }
  return "other";
}

PointScheme scheme_of(std::string_view point) {
  const std::string_view name = point.substr(0, std::min(point.find(kSeparator), point.size()));
  if (name.size() == point.size()) return PointScheme::Other;
  for (const NamedScheme& known : kSchemes) {
    if (identity::equals_ignoring_case(name, known.name)) return known.scheme;
  }
  return PointScheme::Other;
}

bool is_served(PointScheme scheme, bool plain) {
  switch (scheme) {
    case PointScheme::Https:
    case PointScheme::Coaps: return true;
    case PointScheme::Http:
    case PointScheme::Coap: return plain;
    case PointScheme::Other: return false;
  }
  return false;
}

std::uint16_t default_port(PointScheme scheme) {
  for (const NamedScheme& known : kSchemes) {
    if (known.scheme == scheme) return known.port;
  }
  return 0;
}

std::string PointOfAccess::host() const { return address ? address->text() : domain_name; }

std::string PointOfAccess::origin() const { return std::string(to_text(scheme)) + "://" + authority(); }

std::string PointOfAccess::authority() const {
  const bool bracketed = address && !address->is_v4();
  return (bracketed ? "[" + host() + "]" : host()) + ":" + std::to_string(port);
}

Result<PointOfAccess> PointOfAccess::parse(std::string_view text, UriQuery query) {
  if (text.size() > kLongestPointOfAccess)
    return fail(ErrorCode::OutOfRange, "longer than " + std::to_string(kLongestPointOfAccess) + " bytes");
  if (!identity::is_all_visible(text))
    return fail(ErrorCode::BadSyntax, "has a blank, a control character or one that is not ASCII");
  PointOfAccess point;
  point.scheme = scheme_of(text);
  if (point.scheme == PointScheme::Other)
    return fail(ErrorCode::Unsupported, "does not begin with http://, https://, coap:// or coaps://");
  text.remove_prefix(text.find(kSeparator) + kSeparator.size());
  const std::size_t end = std::min(text.find_first_of("/?#\\"), text.size());
  SAPROXY_TRY_VOID(read_authority(point, text.substr(0, end)));
  SAPROXY_TRY_VOID(read_path(point, text.substr(end), query));
  return point;
}

}  // namespace saproxy::policy
