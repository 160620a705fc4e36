#include "policy/registration_check.h"

namespace saproxy::policy {
namespace {

using Form = OriginatorView::Form;
using identity::unexpected;

constexpr std::string_view kOwnStem =
    "TS-0004 7.3.2.1 rule 3: From is an AE-ID-Stem of the association; it registers with it";
constexpr std::string_view kCertifiedStem =
    "TS-0001 10.2.2.2: the association has one AE-ID; its stem stands in for \"C\", \"S\" or no From";
constexpr std::string_view kAssigned =
    "TS-0001 10.2.2.2: an AE-ID-Stem is to be assigned, and the association may get one";
constexpr std::string_view kUnresolved =
    "TS-0003 8.2.2.1: no identity is known yet; the association may register an AE";
constexpr std::string_view kOwnCse = "TS-0001 10.2.2.7: From is the CSE-ID of the association";
constexpr std::string_view kRelayed = "TS-0004 7.3.2.1 rule 4: the peer is a CSE and relays another originator";

Checked refuse(Reason reason) { return unexpected(Refuse{info(reason).code, reason}); }

std::string_view letter_text(char letter) { return letter == 'C' ? "C" : "S"; }

// From "C", "S" or absent, over a list.
// Open: an AE that is certified for one stem and asks for any gets that one: the CSE would otherwise assign an AE-ID
// which the association may never use. A stem of the other letter does not stand in for the letter that was asked for.
// Open: TS-0004 7.3.2.7 answers 4126 when no service subscription rule fits. Here no rule was asked: the list is the
// one that the association is bound to, so the code is that of rule 3, 4106.
Checked assign(const RequestCase& request, const identity::StemList& stems) {
  const OriginatorView& from = request.from;
  const std::string* only = stems.single_concrete();
  if (only != nullptr) {
    const bool fits =
        is_stem(*only, request.rules.comma_in_stems) && (from.absent() || from.text.front() == only->front());
    if (!fits) return refuse(Reason::StemNotAssignable);
    return Passed{*only, kCertifiedStem};
  }
  if (from.bare_letter()) {
    if (!stems.can_assign(from.text.front())) return refuse(Reason::StemNotAssignable);
    return Passed{from.text, kAssigned};
  }
  const char letter = stems.can_assign('C') ? 'C' : 'S';
  if (!stems.can_assign(letter)) return refuse(Reason::StemNotAssignable);
  return Passed{request.rules.insert_letter ? letter_text(letter) : std::string_view{}, kAssigned};
}

}  // namespace

// Spec: TS-0001 10.2.2.2; TS-0004 7.3.2.1 rule 3
// Open: rule 4 lets a CSE peer send CREATE <AE> with "C", "S" or no From. The CSE would assign an AE-ID that rule 4b
// then forbids to the peer, so we refuse; it announces with "/cse1/S…" instead.
Checked check_ae_registration(const RequestCase& request, const identity::Association& association) {
  const OriginatorView& from = request.from;
  const bool to_be_assigned = from.absent() || from.bare_letter();
  if (const identity::StemList* stems = association.stems()) {
    if (to_be_assigned) return assign(request, *stems);
    return Passed{from.text, kOwnStem};
  }
  if (association.cse_id() != nullptr) {
    if (to_be_assigned) return refuse(Reason::StemNotAssignable);
    return Passed{from.text, kRelayed};
  }
  const bool insert = from.absent() && request.rules.insert_letter;
  return Passed{insert ? letter_text('C') : from.text, kUnresolved};
}

// Spec: TS-0004 7.4.4.2.1 (From is an AE-ID: 4005); TS-0001 10.2.2.7
// Open: "credential of the originator valid" is all that the text asks; we ask that From is the CSE-ID that the
// credential proved.
Checked check_cse_registration(const RequestCase& request, const identity::Association& association) {
  const OriginatorView& from = request.from;
  const identity::CseId* peer = association.cse_id();
  if (peer == nullptr || from.names_ae()) return refuse(Reason::AeRegistersAsCse);
  const bool same_sp = from.fqdn.empty() || from.fqdn == request.rules.sp.fqdn();
  if (!from.names_cse() || !same_sp || from.cse != peer->sp_relative()) {
    return unexpected(Refuse{request.rules.cse_id_mismatch_code, Reason::CseIdMismatch});
  }
  return Passed{from.text, kOwnCse};
}

}  // namespace saproxy::policy
