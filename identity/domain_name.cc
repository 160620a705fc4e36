#include "identity/domain_name.h"

#include <algorithm>

namespace saproxy::identity {
namespace {

constexpr std::size_t kMaxDomainName = 253;
constexpr std::size_t kMaxDnsLabel = 63;

bool is_dns_label(std::string_view label) {
  if (label.empty() || label.size() > kMaxDnsLabel) return false;
  if (label.front() == '-' || label.back() == '-') return false;
  return std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

}  // namespace

bool is_domain_name(std::string_view text) {
  if (text.empty() || text.size() > kMaxDomainName) return false;
  std::string_view rest = text;
  while (true) {
    const auto dot = rest.find('.');
    const std::string_view label = rest.substr(0, dot);
    if (!is_dns_label(label)) return false;
    if (dot == rest.npos) return !std::all_of(label.begin(), label.end(), is_digit);
    rest.remove_prefix(dot + 1);
  }
}

std::string to_lower_ascii(std::string_view text) {
  std::string folded(text);
  std::transform(folded.begin(), folded.end(), folded.begin(), to_lower);
  return folded;
}

bool equals_ignoring_case(std::string_view left, std::string_view right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                    [](char a, char b) { return to_lower(a) == to_lower(b); });
}

bool is_all_visible(std::string_view text) { return std::all_of(text.begin(), text.end(), is_visible); }

}  // namespace saproxy::identity
