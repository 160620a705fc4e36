// DeniedOriginators: who may never be From, compared without case (a CSE may fold it). However many there are, none of
// them is compared one by one.
#pragma once

#include <string_view>
#include <vector>

#include "identity/app_rule.h"

namespace saproxy::policy {

class DeniedOriginators {
 public:
  DeniedOriginators() = default;
  DeniedOriginators(const std::vector<identity::Pattern>& patterns);  // implicit: it is such a list, folded
  // An empty text is never denied.
  [[nodiscard]] bool covers(std::string_view text) const;

 private:
  identity::PatternList folded_;
};

}  // namespace saproxy::policy
