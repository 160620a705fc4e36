// StringHash: tables keyed by texts are asked with views, without a copy.
#pragma once

#include <functional>
#include <string_view>

namespace saproxy::identity {

struct StringHash {
  using is_transparent = void;
  std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};

}  // namespace saproxy::identity
