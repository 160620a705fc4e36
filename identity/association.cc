#include "identity/association.h"

namespace saproxy::identity {

std::string_view to_text(EntityKind kind) {
  switch (kind) {
    case EntityKind::Ae: return "ae";
    case EntityKind::Cse: return "cse";
  }
  return "";
}

std::string_view to_text(IdentitySource source) {
  switch (source) {
    case IdentitySource::Certificate: return "certificate";
    case IdentitySource::Configured: return "configured";
    case IdentitySource::AppRules: return "app_rules";
    case IdentitySource::OwnAssignment: return "own_assignment";
    case IdentitySource::None: return "none";
  }
  return "";
}

bool Association::may_speak_as(std::string_view stem) const {
  const StemList* list = stems();
  return (list != nullptr && list->lists(stem)) || has_registered(stem);
}

}  // namespace saproxy::identity
