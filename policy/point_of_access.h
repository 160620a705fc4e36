// One point of access: a URI at which a registree takes requests, read strictly, so that what we connect to is what
// everybody reads in it.
// Spec: TS-0004 6.3.3 (m2m:pointOfAccess), TS-0001 9.6.4, 9.6.5; RFC 3986
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/result.h"
#include "policy/ip_address.h"

namespace saproxy::policy {

enum class PointScheme : std::uint8_t { Http, Https, Coap, Coaps, Other };
[[nodiscard]] std::string_view to_text(PointScheme scheme);  // "http", ...; Other: "other"
// By what stands before "://", in either case, whatever follows it. Other when there is none of the four.
[[nodiscard]] PointScheme scheme_of(std::string_view point);
// Does SA2 serve this scheme? https and coaps; http and coap only where `plain` ones are served as well.
[[nodiscard]] bool is_served(PointScheme scheme, bool plain);
// 80, 443, 5683, 5684; 0 for Other. Spec: RFC 9110 4.2, RFC 7252 6
[[nodiscard]] std::uint16_t default_port(PointScheme scheme);

inline constexpr std::size_t kLongestPointOfAccess = 1024;  // bytes; CSEs store 255, but these never see it

// May a query follow the path? In points of access it may not; in the URL of a notification target it may.
enum class UriQuery : std::uint8_t { Refused, Allowed };

struct PointOfAccess {
  PointScheme scheme = PointScheme::Https;
  // Exactly one of the two: a literal address (IPv6 without brackets in the URI's sense), or a lower-case domain name
  // without a dot at its end.
  std::optional<IpAddress> address;
  std::string domain_name;
  std::uint16_t port = 0;                       // never 0
  std::string path;                             // as written: empty, or begins with '/'
  std::string query;                            // as written, without the '?'; only with UriQuery::Allowed
  [[nodiscard]] std::string host() const;       // "10.0.0.1", "::1", "ae.example.com"
  [[nodiscard]] std::string authority() const;  // "10.0.0.1:8443", "[::1]:8443", "ae.example.com:8443"
  [[nodiscard]] std::string origin() const;     // "https://10.0.0.1:8443"
  bool operator==(const PointOfAccess&) const = default;

  // `text` is scheme://host[:port][/path] with one of the four schemes. Fails, saying what is wrong: another scheme,
  // userinfo, fragment, query, zone, a percent sign without two hexadecimal digits or one for a control character,
  // anything but visible ASCII, a backslash or another character that no URI has, an empty host, a host that is neither
  // a domain name nor an address in its one spelling (0x7f.1, 017700000001 and 2130706433 are none), a port that is
  // empty, 0, above 65535 or begins with a zero, and more than kLongestPointOfAccess bytes. One dot at the end of a
  // domain name is dropped (DNS means the same name; TLS wants it without, RFC 6066 3).
  [[nodiscard]] static identity::Result<PointOfAccess> parse(std::string_view text, UriQuery query = UriQuery::Refused);
};

}  // namespace saproxy::policy
