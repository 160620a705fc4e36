#include "policy/cse_question.h"

#include <algorithm>

#include "identity/domain_name.h"

namespace saproxy::policy {
namespace {

constexpr std::size_t kLongest = 1000;

// RFC 3986 pchar without percent-encoding, and the slash.
bool may_stand(char c) {
  return identity::is_letter_or_digit(c) || std::string_view("-._~!$&'()*+,;=:@/").find(c) != std::string_view::npos;
}

}  // namespace

bool is_plain_address(std::string_view text) {
  if (text.empty() || text.size() > kLongest || text.ends_with('/') || !std::ranges::all_of(text, may_stand))
    return false;
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

}  // namespace saproxy::policy
