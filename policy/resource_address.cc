#include "policy/resource_address.h"

#include <algorithm>

#include "identity/domain_name.h"

namespace saproxy::policy {
namespace {

// Of the form of an address, made of letters, digits and `others`.
bool is_address(std::string_view text, std::size_t most, std::string_view others) {
  if (text.empty() || text.size() > most || text.ends_with('/')) return false;
  const auto may_stand = [others](char c) {
    return identity::is_letter_or_digit(c) || others.find(c) != std::string_view::npos;
  };
  if (!std::ranges::all_of(text, may_stand)) return false;
  if (text.starts_with("//")) text.remove_prefix(1);
  if (text.starts_with('/')) text.remove_prefix(1);
  while (!text.empty()) {
    const std::size_t slash = std::min(text.find('/'), text.size());
    const std::string_view segment = text.substr(0, slash);
    if (segment.empty() || segment == "." || segment == "..") return false;
    text.remove_prefix(std::min(slash + 1, text.size()));
  }
  return true;
}

}  // namespace

bool is_resource_address(std::string_view text) { return is_address(text, kMaxResourceAddress, "-._~/"); }

// RFC 3986 pchar without percent-encoding, and the slash.
bool is_plain_address(std::string_view text) { return is_address(text, kMaxPlainAddress, "-._~!$&'()*+,;=:@/"); }

}  // namespace saproxy::policy
