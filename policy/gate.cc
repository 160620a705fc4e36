#include "policy/gate.h"

#include "policy/registration_check.h"
#include "policy/request_check.h"
#include "policy/reserved_originator.h"

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
  if (const identity::StemList* stems = association.stems()) return check_ae(request, *stems);
  if (const identity::CseId* peer = association.cse_id()) return check_cse(request, *peer);
  return check_unresolved(request);
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

}  // namespace

Decision Gate::judge(const Association* association, const Primitive& primitive, std::int64_t now) const {
  const auto refuse = [](Reason reason) { return Refuse{info(reason).code, reason}; };
  if (const auto reason = check_limits(rules_, primitive)) return refuse(*reason);
  const OriginatorView from = view_originator(primitive.from, rules_.comma_in_stems);
  const RequestCase request{rules_, primitive, from};
  if (const auto reason = check_request(request, association, now)) return refuse(*reason);
  const Checked checked = check_registration(request, *association);
  if (!checked) return checked.error();
  // What was put in place of From has not been held against the deny list yet.
  if (checked->originator.data() != from.text.data()) {
    const auto reason = reserved_originator(rules_, view_originator(checked->originator, rules_.comma_in_stems));
    if (reason) return refuse(*reason);
  }
  return Forward(checked->originator, checked->rule);
}

}  // namespace saproxy::policy
