// Local addresses: what the CSE gets instead of a secure point of access or notification URL. One is the origin of the
// egress listener and a token that nobody can guess: "http://127.0.0.1:7001/rmfzwq5dbn3yh6k2x4c7t9ae1s".
// Spec: facts of CSEs: one entry, an explicit port, a path, at most 255 characters
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "identity/result.h"

namespace saproxy::policy {

// What a token stands for.
enum class LocalRoute : std::uint8_t {
  Registree,  // 'r': the registration whose Registration::route it is
  Target,     // 't': one direct URL in nu or su of a subscription
};

// The letter of its kind and 25 letters and digits a-z, 2-7: 125 random bits.
inline constexpr std::size_t kTokenSize = 26;
inline constexpr std::size_t kTokenEntropy = 16;  // bytes
// `entropy` comes from a cryptographic random generator and is used for nothing else.
[[nodiscard]] std::string make_token(LocalRoute kind, std::span<const std::uint8_t, kTokenEntropy> entropy);
[[nodiscard]] bool is_token(std::string_view text);
[[nodiscard]] LocalRoute kind_of(std::string_view token);  // `token` is one

// Where a request of the CSE to the egress listener wants to go. Views into the target; `token` and `cse_id` are never
// both there.
struct LocalTarget {
  std::string_view token;   // is_token(); empty: the CSE left the path of the point of access out
  std::string_view cse_id;  // without token: the CSE that "/~/cse-id/..." or "/_/sp/cse-id/..." names, without slash
  std::string_view sp;      // of the absolute form "/_/sp/...": FQDN of the service provider
  // What follows. With a token: what the CSE appended, without query: "", "CAE1" (ACME), "~/id-in/CAE1",
  // "mn/ae1" (Mobius4). With a CSE-ID, or with neither: the whole path as oneM2M's HTTP binding has it, "/~/id-mn/ae1";
  // a slash is put before a target without one by whoever serialises it.
  std::string_view rest;
  std::string_view query;  // without the '?'
};

class LocalAddresses {
 public:
  // `origin`: "http://127.0.0.1:7001" or "http://[::1]:7001", with an explicit port and nothing behind it.
  [[nodiscard]] static identity::Result<LocalAddresses> make(std::string_view origin);

  [[nodiscard]] const std::string& origin() const { return origin_; }
  [[nodiscard]] std::string_view authority() const { return std::string_view(origin_).substr(7); }

  // "http://127.0.0.1:7001/" and the token. With a query, which CSEs read in notification URLs, "?" and the query.
  [[nodiscard]] std::string address_of(std::string_view token, std::string_view query = {}) const;

  // Path and query of a request target in any form that target_of() takes; the path may lack its leading slash.
  // Nothing as there.
  [[nodiscard]] std::optional<std::string_view> path_of(std::string_view request_target) const;
  // Takes a request target apart, as CSEs write them: origin-form, without its leading slash, absolute-form for this
  // origin, with what they append. Nothing for a fragment, for what is not visible ASCII or 4,096 bytes and more, and
  // for the absolute-form of another origin. Percent signs are not decoded: no token has one.
  [[nodiscard]] std::optional<LocalTarget> target_of(std::string_view request_target) const;
  // Of a whole local address, as it stands in a content; anything may follow the token after '/' or '?'.
  [[nodiscard]] std::optional<std::string_view> token_of(std::string_view url) const;

 private:
  explicit LocalAddresses(std::string origin) : origin_(std::move(origin)) {}
  std::string origin_;
};

}  // namespace saproxy::policy
