// When the certificates of a configuration end, under names that the operator gave or knows: a bounded list for
// /metrics.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "policy/config.h"

namespace saproxy::proxy {

struct CertificateExpiry {
  std::string name;        // [[certificate]] name; for a trust anchor its common name or "CA <n>", unique
  std::string_view kind;   // "server", "trust_anchor"
  std::int64_t not_after;  // Unix seconds
};

// All server certificates; of the trust anchors the kMaxAnchors that end first.
inline constexpr std::size_t kMaxAnchors = 64;
[[nodiscard]] std::vector<CertificateExpiry> certificate_expiries(const policy::Config& config);

}  // namespace saproxy::proxy
