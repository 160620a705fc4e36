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
    case IdentitySource::None: return "none";
  }
  return "";
}

bool Association::may_use(const AeStem& stem) const {
  const StemList* list = stems();
  return list != nullptr && list->contains(stem);
}

}  // namespace saproxy::identity
