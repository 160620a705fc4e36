#include "policy/denied_originators.h"

#include <algorithm>
#include <array>
#include <string>

#include "identity/domain_name.h"
#include "identity/entity_id.h"

namespace saproxy::policy {

DeniedOriginators::DeniedOriginators(const std::vector<identity::Pattern>& patterns) {
  std::vector<identity::Pattern> folded;
  for (const identity::Pattern& pattern : patterns)
    if (auto one = identity::Pattern::parse(identity::to_lower_ascii(pattern.text())))
      folded.push_back(*std::move(one));
  folded_ = identity::PatternList(std::move(folded));
}

bool DeniedOriginators::covers(std::string_view text) const {
  // Every request comes by: no allocation. Longer texts are no identifiers, and come from no request.
  std::array<char, identity::kMaxIdentifier> buffer;
  if (text.size() > buffer.size()) return folded_.covers(identity::to_lower_ascii(text));
  std::ranges::transform(text, buffer.begin(), identity::to_lower);
  return folded_.covers({buffer.data(), text.size()});
}

}  // namespace saproxy::policy
