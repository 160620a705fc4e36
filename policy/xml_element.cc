#include "policy/xml_element.h"

#include <string>

namespace saproxy::policy {

namespace {
constexpr std::string_view kOneM2m = "http://www.onem2m.org/xml/protocols";
}  // namespace

QualifiedName split_name(std::string_view name) {
  const auto colon = name.rfind(':');
  if (colon == name.npos) return {{}, name};
  return {name.substr(0, colon), name.substr(colon + 1)};
}

bool is_onem2m(pugi::xml_node element) {
  const std::string_view prefix = split_name(element.name()).prefix;
  const std::string declaration = prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix);
  for (pugi::xml_node scope = element; scope; scope = scope.parent()) {
    const pugi::xml_attribute declared = scope.attribute(declaration.c_str());
    if (declared) return declared.value() == kOneM2m || (prefix.empty() && *declared.value() == '\0');
  }
  return prefix.empty();
}

}  // namespace saproxy::policy
