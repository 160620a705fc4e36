// Names of elements of XML as pugixml gives them. Internal to content_*.cc. Spec: Namespaces in XML 1.0
#pragma once

#include <pugixml.hpp>
#include <string_view>

namespace saproxy::policy {

struct QualifiedName {
  std::string_view prefix;
  std::string_view local;
};
[[nodiscard]] QualifiedName split_name(std::string_view name);

// In oneM2M's namespace or in none. What has another, or a prefix that nobody declared, may be the attribute to a
// reader that looks at local names alone, and is none to others.
[[nodiscard]] bool is_onem2m(pugi::xml_node element);

}  // namespace saproxy::policy
