#include "policy/ip_address.h"

#include <algorithm>
#include <charconv>
#include <vector>

#include "identity/number.h"

namespace saproxy::policy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

using Bytes = std::array<std::uint8_t, 16>;
constexpr std::size_t kMappedZeros = 10;  // ::ffff:0:0/96: ten zero bytes, then two of ones

// "010" is octal to some readers and decimal to others.
std::optional<std::array<std::uint8_t, 4>> parse_dotted(std::string_view text) {
  std::array<std::uint8_t, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) {
    const std::size_t dot = i < 3 ? text.find('.') : text.size();
    if (dot == text.npos) return std::nullopt;
    const std::string_view part = text.substr(0, dot);
    const auto number = identity::parse_number(part, 3, 255);
    if (!number || (part.size() > 1 && part.front() == '0')) return std::nullopt;
    bytes[i] = static_cast<std::uint8_t>(*number);
    text.remove_prefix(std::min(dot + 1, text.size()));
  }
  return bytes;
}

// Bytes of one side of "::" ("" gives none); nothing when a group is malformed. The last group may be dotted decimal.
std::optional<std::vector<std::uint8_t>> parse_groups(std::string_view text) {
  std::vector<std::uint8_t> bytes;
  while (!text.empty()) {
    const std::size_t colon = std::min(text.find(':'), text.size());
    const std::string_view part = text.substr(0, colon);
    if (bytes.size() > 14 || colon + 1 == text.size()) return std::nullopt;
    if (part.find('.') != part.npos) {
      const auto dotted = parse_dotted(part);
      if (!dotted || colon != text.size()) return std::nullopt;
      bytes.insert(bytes.end(), dotted->begin(), dotted->end());
      return bytes;
    }
    const auto group = identity::parse_number(part, 4, 0xffff, 16);
    if (!group) return std::nullopt;
    bytes.push_back(static_cast<std::uint8_t>(*group >> 8));
    bytes.push_back(static_cast<std::uint8_t>(*group & 0xff));
    text.remove_prefix(std::min(colon + 1, text.size()));
  }
  return bytes;
}

std::optional<Bytes> parse_ipv6(std::string_view text) {
  const std::size_t gap = text.find("::");
  const auto head = parse_groups(text.substr(0, std::min(gap, text.size())));
  const auto tail = parse_groups(gap == text.npos ? std::string_view() : text.substr(gap + 2));
  if (!head || !tail) return std::nullopt;
  const bool dotted_before_gap = gap != text.npos && text.substr(0, gap).find('.') != text.npos;
  const std::size_t count = head->size() + tail->size();
  if (dotted_before_gap || (gap == text.npos ? count != 16 : count > 14)) return std::nullopt;
  Bytes bytes{};
  std::ranges::copy(*head, bytes.begin());
  std::ranges::copy(*tail, bytes.end() - static_cast<std::ptrdiff_t>(tail->size()));
  return bytes;
}

bool is_mapped(std::span<const std::uint8_t> bytes) {
  return std::ranges::all_of(bytes.first(kMappedZeros), [](std::uint8_t b) { return b == 0; }) && bytes[10] == 0xff &&
         bytes[11] == 0xff;
}

std::string v4_text(std::span<const std::uint8_t> bytes) {
  std::string text;
  for (const std::uint8_t byte : bytes) text += (text.empty() ? "" : ".") + std::to_string(byte);
  return text;
}

// The longest run of two or more zero groups, the first of equals: {begin, size} in groups. Spec: RFC 5952 4.2
std::pair<std::size_t, std::size_t> longest_zeros(const std::array<unsigned, 8>& groups) {
  std::pair<std::size_t, std::size_t> best{8, 0};
  for (std::size_t i = 0; i < 8;) {
    std::size_t end = i;
    while (end < 8 && groups[end] == 0) ++end;
    if (end - i >= 2 && end - i > best.second) best = {i, end - i};
    i = end + 1;
  }
  return best;
}

std::string v6_text(std::span<const std::uint8_t> bytes) {
  std::array<unsigned, 8> groups{};
  for (std::size_t i = 0; i < 8; ++i) groups[i] = static_cast<unsigned>(bytes[2 * i] << 8 | bytes[2 * i + 1]);
  const auto [begin, size] = longest_zeros(groups);
  std::string text;
  for (std::size_t i = 0; i < 8; ++i) {
    if (i == begin) {
      text += "::";
      i += size - 1;
      continue;
    }
    if (!text.empty() && !text.ends_with(':')) text += ':';
    std::array<char, 4> digits{};
    const auto [end, error] = std::to_chars(digits.data(), digits.data() + digits.size(), groups[i], 16);
    text.append(digits.data(), end);
  }
  return text;
}

// Clears what stands behind the prefix.
Bytes masked(std::span<const std::uint8_t> bytes, unsigned prefix) {
  Bytes result{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const unsigned bits = prefix > 8 * i ? std::min<unsigned>(8, prefix - static_cast<unsigned>(8 * i)) : 0;
    result[i] = static_cast<std::uint8_t>(bytes[i] & (0xff00U >> bits));
  }
  return result;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.find(':') == text.npos) {
    const auto dotted = parse_dotted(text);
    return dotted ? of(*dotted) : std::nullopt;
  }
  const auto bytes = parse_ipv6(text);
  return bytes ? of(*bytes) : std::nullopt;
}

std::optional<IpAddress> IpAddress::of(std::span<const std::uint8_t> bytes) {
  if (bytes.size() != 4 && bytes.size() != 16) return std::nullopt;
  if (bytes.size() == 16 && is_mapped(bytes)) bytes = bytes.subspan(12);
  IpAddress address;
  address.v4_ = bytes.size() == 4;
  std::ranges::copy(bytes, address.bytes_.begin());
  return address;
}

bool IpAddress::is_loopback() const {
  if (v4_) return bytes_.front() == 127;
  return bytes_.back() == 1 &&
         std::all_of(bytes_.begin(), bytes_.end() - 1, [](std::uint8_t byte) { return byte == 0; });
}

bool IpAddress::is_unspecified() const {
  return std::ranges::all_of(bytes(), [](std::uint8_t byte) { return byte == 0; });
}

std::string IpAddress::text() const { return v4_ ? v4_text(bytes()) : v6_text(bytes()); }

Result<AddressRange> AddressRange::parse(std::string_view text) {
  const std::size_t slash = text.find('/');
  const std::string_view written = text.substr(0, std::min(slash, text.size()));
  const auto address = IpAddress::parse(written);
  if (!address) return fail(ErrorCode::BadSyntax, "what stands before the '/' is no IP address");
  const auto bits = static_cast<unsigned>(address->bytes().size() * 8);
  if (slash == text.npos) return AddressRange(*address, bits);
  if (address->is_v4() && written.find(':') != written.npos)
    return fail(ErrorCode::BadSyntax, "an IPv4-mapped range is written as IPv4");
  const std::string_view digits = text.substr(slash + 1);
  const auto prefix = identity::parse_number(digits, 3, bits);
  if (!prefix || (digits.size() > 1 && digits.front() == '0'))
    return fail(ErrorCode::BadSyntax, "the length of the prefix is no number from 0 to " + std::to_string(bits));
  const AddressRange range = around(*address, *prefix);
  if (range.base_ != *address)
    return fail(ErrorCode::BadSyntax, "has bits behind its prefix; the range is " + range.text());
  return range;
}

AddressRange AddressRange::around(const IpAddress& address, unsigned prefix) {
  const std::size_t size = address.bytes().size();
  prefix = std::min(prefix, static_cast<unsigned>(size * 8));
  // Of the same family: a masked address of IPv6 could otherwise not become a mapped one, for its ones are kept.
  const Bytes bytes = masked(address.bytes(), prefix);
  return {IpAddress::of(std::span(bytes).first(size)).value_or(address), prefix};
}

bool AddressRange::contains(const IpAddress& address) const {
  if (address.is_v4() != base_.is_v4()) return false;
  const Bytes bytes = masked(address.bytes(), prefix_);
  return std::ranges::equal(std::span(bytes).first(base_.bytes().size()), base_.bytes());
}

std::string AddressRange::text() const { return base_.text() + "/" + std::to_string(prefix_); }

}  // namespace saproxy::policy
