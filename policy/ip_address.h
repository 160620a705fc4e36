// IP addresses and ranges as values, read without any resolver and in one spelling each.
// Spec: RFC 4291 2.2, RFC 5952, RFC 4632 3.1
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "identity/result.h"

namespace saproxy::policy {

// An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is the IPv4 address: sockets treat them alike, so must every rule.
class IpAddress {
 public:
  // Dotted decimal of four numbers without leading zeros, or an IPv6 address in any form of RFC 4291 2.2 (its last 32
  // bits may be dotted decimal). No zone, no brackets, no hexadecimal or short IPv4. Nothing for other text.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);
  // 4 or 16 bytes in network order; nothing for another size.
  [[nodiscard]] static std::optional<IpAddress> of(std::span<const std::uint8_t> bytes);

  [[nodiscard]] bool is_v4() const { return v4_; }
  [[nodiscard]] bool is_loopback() const;     // 127.0.0.0/8, ::1
  [[nodiscard]] bool is_unspecified() const;  // 0.0.0.0, ::
  // In network order: 4 bytes, or 16.
  [[nodiscard]] std::span<const std::uint8_t> bytes() const { return std::span(bytes_).first(v4_ ? 4 : 16); }
  [[nodiscard]] std::string text() const;  // RFC 5952; IPv6 without brackets
  bool operator==(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  bool v4_ = true;
};

// "10.0.0.0/8", "fd00::/8", or an address alone, which is a range of one.
class AddressRange {
 public:
  // Fails for a prefix that is too long, for bits set behind the prefix, and for IPv4-mapped ranges: write those as
  // IPv4.
  [[nodiscard]] static identity::Result<AddressRange> parse(std::string_view text);
  // Of an interface, for example: bits behind the prefix are cleared. A prefix that is too long is one of full length.
  [[nodiscard]] static AddressRange around(const IpAddress& address, unsigned prefix);

  [[nodiscard]] bool contains(const IpAddress& address) const;  // never one of the other family
  [[nodiscard]] bool lies_within(const AddressRange& other) const {
    return prefix_ >= other.prefix_ && other.contains(base_);
  }
  [[nodiscard]] bool is_single() const { return prefix_ == base_.bytes().size() * 8; }
  [[nodiscard]] std::string text() const;
  bool operator==(const AddressRange&) const = default;

 private:
  AddressRange(const IpAddress& base, unsigned prefix) : base_(base), prefix_(prefix) {}
  IpAddress base_;
  unsigned prefix_ = 0;
};

}  // namespace saproxy::policy
