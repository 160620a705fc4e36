// The identity field of a TLS-PSK handshake, as the peer sent it: hostile bytes until parsed.
// Spec: TS-0003 10.5 (KpsaID), 10.6 (KmID), 10.3.4 (KeID), 10.3.5 (KcID)
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "identity/result.h"

namespace saproxy::identity {

// "<relative part>@<FQDN>": exactly one '@'; relative part of letters, digits, '.', '_', '-'; at most 128 bytes.
class PskIdentity {
 public:
  [[nodiscard]] static Result<PskIdentity> parse(std::span<const std::uint8_t> wire);
  [[nodiscard]] static Result<PskIdentity> parse(std::string_view text);
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] std::string_view relative() const { return std::string_view(text_).substr(0, at_); }
  [[nodiscard]] std::string_view fqdn() const { return std::string_view(text_).substr(at_ + 1); }
  bool operator==(const PskIdentity&) const = default;

 private:
  PskIdentity(std::string text, std::size_t at) : text_(std::move(text)), at_(at) {}
  std::string text_;
  std::size_t at_;
};

}  // namespace saproxy::identity
