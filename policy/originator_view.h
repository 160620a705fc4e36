// OriginatorView: From taken apart into views, without a copy; what the gate reads for every request.
// identity::classify_originator makes owning values of the same grammar; a test holds the two against each other.
// Spec: TS-0001 7.2; TS-0004 6.2.3, 6.2.4
#pragma once

#include <optional>
#include <string_view>

#include "identity/entity_id.h"

namespace saproxy::policy {

struct OriginatorView {
  using Form = identity::Originator::Form;
  Form form = Form::Absent;
  std::string_view text;  // the whole; lives as long as the primitive
  std::string_view fqdn;  // absolute forms: of the SP-ID, as sent
  std::string_view cse;   // forms with a CSE-ID: SP-relative, with its '/'
  std::string_view stem;  // Stem, SpRelativeAe, AbsoluteAe
  [[nodiscard]] bool absent() const { return form == Form::Absent; }
  [[nodiscard]] bool bare_letter() const { return form == Form::BareC || form == Form::BareS; }
  [[nodiscard]] bool names_ae() const {
    return form == Form::Stem || form == Form::SpRelativeAe || form == Form::AbsoluteAe;
  }
  [[nodiscard]] bool names_cse() const { return form == Form::CseId || form == Form::AbsoluteCse; }
};

// Beyond the grammar of TS-0001 7.2, "/cse1/S" is SpRelativeAe with the stem "S": a registrar asks with it for an
// SP-assigned stem (TS-0001 10.2.2.2 case a). `comma_in_stems`: see GateRules.
[[nodiscard]] OriginatorView view_originator(std::optional<std::string_view> from, bool comma_in_stems);

// "Cabc", "Sabc": more than the letter, and in the alphabet.
[[nodiscard]] bool is_stem(std::string_view text, bool comma_in_stems);

// The identity under which the registry has who sent this: "Cabc" or "/cse2"; empty for who is not a registree of this
// CSE (`own`: SP-relative).
[[nodiscard]] std::string_view registree_id_of(const OriginatorView& from, std::string_view own);

}  // namespace saproxy::policy
