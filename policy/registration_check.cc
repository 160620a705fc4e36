#include "policy/registration_check.h"

#include <algorithm>
#include <initializer_list>

#include "identity/app_rules.h"
#include "policy/cse_address.h"
#include "policy/registering.h"
#include "policy/resource_content.h"

namespace saproxy::policy {
namespace {

using Form = OriginatorView::Form;
using identity::StemWish;

constexpr std::string_view kOwnStem =
    "TS-0004 7.3.2.1 rule 3: From is an AE-ID-Stem of the association; it registers with it";
constexpr std::string_view kSingleStem =
    "TS-0001 10.2.2.2: the association has one AE-ID; its stem stands in for \"C\", \"S\" or no From";
constexpr std::string_view kAssigned =
    "TS-0001 10.2.2.2: an AE-ID-Stem is to be assigned, and the association may get one";
constexpr std::string_view kStranger = "TS-0003 8.2.2.1: no identity is known yet; the association may register an AE";
constexpr std::string_view kAppRule = "TS-0004 7.3.2.7: an application rule covers credential, App-ID and AE-ID-Stem";
constexpr std::string_view kOwnCse = "TS-0001 10.2.2.7: From is the CSE-ID of the association";

// What goes to the CSE as From where the registree sent none. CSEs that are left the choice assign as if for "C", also
// where only an identity that begins with 'S' may come of it.
std::string_view letter_for_none(const RequestCase& request, std::initializer_list<const identity::StemList*> lists) {
  const auto all_can_assign = [&lists](char letter) {
    return std::ranges::all_of(
        lists, [letter](const identity::StemList* list) { return list == nullptr || list->can_assign(letter); });
  };
  if (all_can_assign('C')) return request.rules.insert_letter ? "C" : "";
  return "S";
}

bool leads_elsewhere(const RequestCase& request) {
  return view_address(request.primitive.to, request.rules).kind == CseAddress::Kind::OtherCse;
}

bool to_be_assigned(const OriginatorView& from) { return from.absent() || from.bare_letter(); }

// The stem that stands in for "C", "S" or nothing, when a list names exactly one. A stem of the other letter does not
// stand in for the letter that was asked for.
const std::string* single_stem(const RequestCase& request, const identity::StemList& stems) {
  const std::string* only = stems.single_concrete();
  if (only == nullptr || !request.rules.registration.assign_single_stem) return nullptr;
  const OriginatorView& from = request.from;
  const bool fits =
      is_stem(*only, request.rules.comma_in_stems) && (from.absent() || from.text.front() == only->front());
  return fits ? only : nullptr;
}

// From "C", "S" or absent, over a list.
// Open: an AE that is certified for one stem and asks for any gets that one: the CSE would otherwise assign an AE-ID
// which the association may never use.
// Open: TS-0004 7.3.2.7 answers 4126 when no service subscription rule fits. Where the list is the one that the
// association is bound to, and not one of rules, the code is that of rule 3, 4106.
Checked assign(const RequestCase& request, const identity::StemList& stems) {
  const OriginatorView& from = request.from;
  if (const std::string* only = single_stem(request, stems)) return Passed{*only, kSingleStem};
  if (stems.single_concrete() != nullptr && request.rules.registration.assign_single_stem)
    return Reason::StemNotAssignable;
  if (from.bare_letter()) {
    if (!stems.can_assign(from.text.front())) return Reason::StemNotAssignable;
    return Passed{from.text, kAssigned};
  }
  if (!stems.can_assign('C') && !stems.can_assign('S')) return Reason::StemNotAssignable;
  return Passed{letter_for_none(request, {&stems}), kAssigned};
}

// Which From the association may register with, before any rule is asked.
Checked check_wish(const RequestCase& request, const identity::Association& association) {
  const OriginatorView& from = request.from;
  if (const identity::StemList* stems = association.stems()) {
    if (!to_be_assigned(from)) return Passed{from.text, kOwnStem};
    const Checked assigned = assign(request, *stems);
    const bool left_to_rules = association.source == identity::IdentitySource::AppRules;
    if (std::holds_alternative<Reason>(assigned) && left_to_rules) return Reason::NoAppRule;
    return assigned;
  }
  return Passed{from.absent() ? letter_for_none(request, {}) : from.text, kStranger};
}

// One credential stands for one AE, unless it is a node's or a device's, or rules are still to say for which it stands.
bool has_its_only_ae(const identity::Association& association) {
  if (association.source == identity::IdentitySource::AppRules) return false;
  return stands_for_one_ae(association) && association.learned && !association.learned->stems.empty();
}

std::optional<Reason> check_ae_content(const RequestCase& request, std::string_view originator) {
  const ResourceContent& content = *request.primitive.content;
  if (content.type != kTypeAe) return Reason::ContentMismatch;
  if (content.ae_id && *content.ae_id != originator) return Reason::IdentityInContent;
  const auto& shown = request.primitive.result_content;
  // 0 nothing, 2 hierarchical address: the CSE-assigned AE-ID would be known to nobody.
  const bool hidden = shown.present() && (shown.value == 0 || shown.value == 2);
  if (hidden && view_originator(originator, request.rules.comma_in_stems).form != Form::Stem)
    return Reason::AssignedIdHidden;
  return std::nullopt;
}

StemWish wish_of(const OriginatorView& from) {
  switch (from.form) {
    case Form::Stem: return {StemWish::Form::Stem, from.stem};
    case Form::BareC: return {StemWish::Form::BareC, {}};
    case Form::BareS: return {StemWish::Form::BareS, {}};
    default: return {StemWish::Form::Absent, {}};
  }
}

// Spec: TS-0004 7.3.2.7
Checked ask_app_rules(const RequestCase& request, const identity::Association& association, Passed passed) {
  switch (request.profile.state) {
    case ServiceProfile::State::Unused: return passed;
    case ServiceProfile::State::Unavailable: return Reason::ProfileMissing;
    case ServiceProfile::State::Pending: return Need{Need::Fact::AppRules};
    case ServiceProfile::State::Present: break;
  }
  const bool stands_in = passed.rule == kSingleStem;
  const OriginatorView wanted =
      stands_in ? view_originator(passed.originator, request.rules.comma_in_stems) : request.from;
  const std::optional<std::string>& named = request.primitive.content->app_id;
  const std::string_view app_id = named ? std::string_view(*named) : std::string_view();
  passed.app_rule = request.profile.rules->find(association.credential_id.text(), app_id, wish_of(wanted));
  if (passed.app_rule == nullptr) return Reason::NoAppRule;
  if (wanted.absent()) passed.originator = letter_for_none(request, {association.stems(), &passed.app_rule->stems});
  passed.rule = kAppRule;
  return passed;
}

}  // namespace

// Spec: TS-0001 10.2.2.2; TS-0004 7.3.2.1 rule 3, 7.3.2.7
// Open: rule 4 lets a CSE peer send CREATE <AE>. An AE registers with its registrar, over an association of its own; a
// CSE announces one with <AEAnnc>. So we refuse, whatever the target: real CSEs take some that name others for their
// own.
Checked check_ae_registration(const RequestCase& request, const identity::Association& association) {
  const OriginatorView& from = request.from;
  if (association.cse_id() != nullptr)
    return to_be_assigned(from) ? Reason::StemNotAssignable : Reason::OriginatorNotAllowed;
  if (leads_elsewhere(request)) return Reason::RegistrarElsewhere;
  if (has_its_only_ae(association) && !association.has_registered(from.stem))
    return to_be_assigned(from) ? Reason::AlreadyRegistered : Reason::OriginatorNotAllowed;
  Checked wish = check_wish(request, association);
  auto* passed = std::get_if<Passed>(&wish);
  if (passed == nullptr) return wish;
  if (request.primitive.content == nullptr) return Need{Need::Fact::Content};
  if (const auto reason = check_ae_content(request, passed->originator)) return *reason;
  passed->registers = true;
  return ask_app_rules(request, association, *passed);
}

// Spec: TS-0004 7.4.4.2.1 (From is an AE-ID: 4005; the CSE-ID is taken from From); TS-0001 10.2.2.7
// Open: "credential of the originator valid" is all that the text asks; we ask that From is the CSE-ID that the
// credential proved, and that the content does not name another: real CSEs believe the content.
Checked check_cse_registration(const RequestCase& request, const identity::Association& association) {
  const OriginatorView& from = request.from;
  const identity::CseId* peer = association.cse_id();
  if (peer == nullptr || from.names_ae()) return Reason::AeRegistersAsCse;
  const bool same_sp = from.fqdn.empty() || from.fqdn == request.rules.sp.fqdn();
  if (!from.names_cse() || !same_sp || from.cse != peer->sp_relative()) return Reason::CseIdMismatch;
  if (leads_elsewhere(request)) return Reason::RegistrarElsewhere;
  const ResourceContent* content = request.primitive.content;
  if (content == nullptr) return Need{Need::Fact::Content};
  if (content->type != kTypeRemoteCse) return Reason::ContentMismatch;
  if (content->cse_id && *content->cse_id != peer->sp_relative()) {
    const bool absolute = *content->cse_id == peer->absolute(request.rules.sp);
    if (!absolute) return Reason::IdentityInContent;
  }
  return Passed{from.text, kOwnCse, true, nullptr};
}

}  // namespace saproxy::policy
