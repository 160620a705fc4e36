// ResponderUrl: where an OCSP responder answers, as a certificate or the configuration says it. Only plain http, no
// user, no fragment: what else a URL could do is refused rather than understood.
// Spec: RFC 6960 A.1; RFC 3986 3
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "identity/result.h"

namespace saproxy::policy {

struct ResponderUrl {
  std::string host;  // lower case; a name, an IPv4 address, or an IPv6 address without its brackets
  std::uint16_t port = 80;
  std::string target = "/";                     // path and query
  [[nodiscard]] std::string authority() const;  // for Host: the port only if it is not 80
  bool operator==(const ResponderUrl&) const = default;
};

inline constexpr std::size_t kMaxResponderUrl = 512;

[[nodiscard]] identity::Result<ResponderUrl> parse_responder_url(std::string_view text);

// An entry of the list of responders that certificates may name: "ocsp.example.com" (any port),
// "ocsp.example.com:8888",
// "[::1]:8888".
struct AllowedResponder {
  std::string host;
  std::uint16_t port = 0;  // 0: any
  bool operator==(const AllowedResponder&) const = default;
};
[[nodiscard]] identity::Result<AllowedResponder> parse_allowed_responder(std::string_view text);
// An empty list allows all.
[[nodiscard]] bool allows(std::span<const AllowedResponder> allowed, const ResponderUrl& url);

}  // namespace saproxy::policy
