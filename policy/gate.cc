#include "policy/gate.h"

#include "policy/registration_check.h"
#include "policy/request_check.h"
#include "policy/reserved_originator.h"
#include "policy/retraction.h"

namespace saproxy::policy {
namespace {

using identity::Association;

constexpr std::string_view kAeRule = "TS-0004 7.3.2.1 rule 3: From is an AE-ID-Stem of the association";
constexpr std::string_view kCseRule =
    "TS-0004 7.3.2.1 rule 4: From names neither another registree CSE nor an AE of another registrar";

// An association that has ended is none. A zero means that nobody set an end, which only a test does.
bool is_live(const Association* association, std::int64_t now) {
  return association != nullptr && (association->expires == 0 || now / 1000 < association->expires);
}

std::optional<Reason> check_peer(const RequestCase& request, const Association& association) {
  if (association.stems() != nullptr) return check_ae(request, association);
  if (const identity::CseId* peer = association.cse_id()) return check_cse(request, *peer);
  return check_unresolved(request, association);
}

// Registrations have rules of their own; everything else goes on as sent.
Checked check_registration(const RequestCase& request, const Association& association) {
  if (request.creates(kTypeAe)) return check_ae_registration(request, association);
  if (request.creates(kTypeRemoteCse)) return check_cse_registration(request, association);
  return Passed{request.from.text, association.cse_id() != nullptr ? kCseRule : kAeRule};
}

std::optional<Reason> check_request(const RequestCase& request, const Association* association, std::int64_t now) {
  if (const auto reason = check_presence(request, now)) return reason;
  if (!is_live(association, now)) return check_outside(request);
  if (const auto reason = reserved_originator(request.rules, request.from)) return reason;
  if (const auto reason = check_peer(request, *association)) return reason;
  return check_parameters(request.primitive);
}

ResponseCode release_1_code_of(Reason reason) {
  switch (reason) {
    case Reason::ProfileMissing:
    case Reason::NoAppRule: return ResponseCode::SecurityAssociationRequired;
    case Reason::AlreadyRegistered:
    case Reason::RegistrationPending: return ResponseCode::Conflict;
    default: return info(reason).code;
  }
}

}  // namespace

Forward Gate::take_back(const Retraction& retraction) {
  return {retraction.originator, "our own: takes back what could not be recorded"};
}

Refuse Gate::refuse(Reason reason) const {
  const RegistrationSettings& settings = rules_.registration;
  if (reason == Reason::CseIdMismatch) return {settings.cse_id_mismatch_code, reason};
  if (settings.codes == RegistrationSettings::Codes::Release1) return {release_1_code_of(reason), reason};
  return {info(reason).code, reason};
}

Decision Gate::judge(const Association* association, const Primitive& primitive, std::int64_t now,
                     const IdentifierSet* registered_cses) const {
  if (const auto reason = check_limits(rules_, primitive)) return refuse(*reason);
  const OriginatorView from = view_originator(primitive.from, rules_.comma_in_stems);
  const RequestCase request{rules_, profile_, registered_cses, primitive, from};
  if (const auto reason = check_request(request, association, now)) return refuse(*reason);
  const Checked checked = check_registration(request, *association);
  if (const auto* reason = std::get_if<Reason>(&checked)) return refuse(*reason);
  if (const auto* need = std::get_if<Need>(&checked)) return *need;
  const Passed& passed = std::get<Passed>(checked);
  // What was put in place of From has not been held against the deny list yet.
  if (passed.originator.data() != from.text.data()) {
    const auto reason = reserved_originator(rules_, view_originator(passed.originator, rules_.comma_in_stems));
    if (reason) return refuse(*reason);
  }
  Forward forward(passed.originator, passed.rule);
  forward.registers_ = passed.registers;
  forward.app_rule_ = passed.app_rule;
  return forward;
}

}  // namespace saproxy::policy
