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

const StemList& Association::known_stems() const {
  static const StemList kNone;
  if (const StemList* list = stems()) return *list;
  return learned ? learned->stems : kNone;
}

// An application rule names a stem for everybody whom it covers: that makes none of them its owner.
bool Association::may_speak_as(std::string_view stem) const {
  const StemList* list = stems();
  if (list == nullptr) return has_registered(stem);
  if (source != IdentitySource::AppRules && list->lists(stem)) return true;
  return has_registered(stem) && list->covers(stem);
}

bool Association::may_learn() const {
  if (cse_id() != nullptr) return false;
  const StemList* list = stems();
  return list == nullptr || list->has_wildcards() || source == IdentitySource::AppRules;
}

}  // namespace saproxy::identity
