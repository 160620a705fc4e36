#include "policy/request_check.h"

#include <algorithm>
#include <chrono>

#include "identity/domain_name.h"

namespace saproxy::policy {
namespace {

using Form = OriginatorView::Form;

bool all_digits(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// The caller has made sure that these are digits, at most nine.
int number(std::string_view digits) {
  int value = 0;
  for (const char c : digits) value = value * 10 + (c - '0');
  return value;
}

// Spec: TS-0004 6.3.3 (m2m:absRelTimestamp): a timestamp, or milliseconds from the time of sending. The latter cannot
// have passed when a request has just arrived: nobody says when it was sent.
std::optional<Reason> check_expiration(std::string_view text, std::int64_t now) {
  if (all_digits(text) && text.size() <= 18) return std::nullopt;
  const auto expires = parse_timestamp(text);
  if (!expires) return Reason::RequestExpirationInvalid;
  if (*expires < now) return Reason::RequestExpired;
  return std::nullopt;
}

// Rules 4a and 4c ask for *another* registree CSE of our service provider.
bool is_other_registree(const RequestCase& request, const identity::CseId& peer) {
  const OriginatorView& from = request.from;
  if (!from.fqdn.empty() && from.fqdn != request.rules.sp.fqdn()) return false;
  if (from.cse == peer.sp_relative()) return false;
  return request.rules.registree_cses.contains(from.cse) ||
         (request.registered_cses != nullptr && request.registered_cses->contains(from.cse));
}

bool is_our_registrar(const RequestCase& request, const identity::CseId& peer) {
  const OriginatorView& from = request.from;
  if (!from.fqdn.empty() && from.fqdn != request.rules.sp.fqdn()) return false;
  return from.cse == request.rules.registrar && from.cse != peer.sp_relative();
}

bool is_own_ae(const RequestCase& request) {
  const OriginatorView& from = request.from;
  if (!from.fqdn.empty() && from.fqdn != request.rules.sp.fqdn()) return false;
  return identity::equals_ignoring_case(from.cse, request.rules.cse.sp_relative());
}

// Spec: TS-0001 8.1.2 (Result Content), by operation. Values: 0 nothing, 1 attributes, 2 hierarchical address, 3 with
// attributes, 4 attributes and child resources, 5 and child references, 6 child references, 7 original resource, 8
// child resources, 9 modified attributes, 10 semantic content, 11 discovery references, 12 permissions.
constexpr std::uint32_t bits(std::initializer_list<unsigned> values) {
  std::uint32_t mask = 0;
  for (const unsigned value : values) mask |= 1u << value;
  return mask;
}
std::uint32_t result_contents_of(Operation operation) {
  switch (operation) {
    case Operation::Create: return bits({0, 1, 2, 3, 9});
    case Operation::Retrieve: return bits({1, 4, 5, 6, 7, 8, 10, 11, 12});
    case Operation::Update: return bits({0, 1, 9});
    case Operation::Delete: return bits({0, 1, 4, 5, 6, 8});
    case Operation::Notify: return bits({0, 1});
  }
  return 0;
}

// Spec: TS-0004 6.3.4.2.1: plain types are small numbers, announced ones the same plus 10000. Which of them exist the
// CSE knows best.
bool is_resource_type(std::uint32_t type) { return (type >= 1 && type <= 9999) || (type >= 10001 && type <= 19999); }

}  // namespace

std::optional<std::int64_t> parse_timestamp(std::string_view text) {
  if (text.size() < 15 || text[8] != 'T') return std::nullopt;
  const auto date = text.substr(0, 8);
  const auto time = text.substr(9, 6);
  if (!all_digits(date) || !all_digits(time)) return std::nullopt;
  int milliseconds = 0;
  if (text.size() > 15) {
    const auto fraction = text.substr(16);
    if (text[15] != ',' || fraction.size() > 9 || !all_digits(fraction)) return std::nullopt;
    milliseconds = number(fraction.substr(0, 3));
    for (std::size_t digits = fraction.size(); digits < 3; ++digits) milliseconds *= 10;
  }
  const std::chrono::year_month_day day{std::chrono::year{number(date.substr(0, 4))},
                                        std::chrono::month{static_cast<unsigned>(number(date.substr(4, 2)))},
                                        std::chrono::day{static_cast<unsigned>(number(date.substr(6, 2)))}};
  const int hour = number(time.substr(0, 2));
  const int minute = number(time.substr(2, 2));
  const int second = number(time.substr(4, 2));
  if (!day.ok() || hour > 23 || minute > 59 || second > 60) return std::nullopt;
  const std::int64_t days = std::chrono::sys_days{day}.time_since_epoch().count();
  return ((days * 24 + hour) * 60 + minute) * 60'000 + std::int64_t{second} * 1000 + milliseconds;
}

std::optional<Reason> check_limits(const GateRules& rules, const Primitive& primitive) {
  const auto from = primitive.from.value_or(std::string_view{});
  if (from.size() > std::min(rules.max_originator, identity::kMaxIdentifier)) return Reason::ParameterTooLong;
  if (primitive.request_id && primitive.request_id->size() > rules.max_request_id) return Reason::ParameterTooLong;
  // A blank, a control character or a byte above ASCII is in no identifier, whoever sends it, and CSEs read on after
  // some of them.
  if (!identity::is_all_visible(from)) return Reason::BadOriginatorSyntax;
  return std::nullopt;
}

// Spec: TS-0004 7.3.2.1 rule 1
std::optional<Reason> check_presence(const RequestCase& request, std::int64_t now) {
  if (request.primitive.request_expiration) {
    if (const auto reason = check_expiration(*request.primitive.request_expiration, now)) return reason;
  }
  if (request.from.absent() && !request.creates(kTypeAe)) return Reason::OriginatorMissing;
  return std::nullopt;
}

// Spec: TS-0004 7.3.2.1 rules 2 and 3
// Open: the rules do not spell out that CREATE <AE> may say "C", "S" or nothing (TS-0001 10.2.2.2): we let it pass
// here, the registration check looks at what the list could be assigned.
// Open: a list with wildcards says which AE-IDs a credential may get, not whose they are: somebody else may have
// registered "C7" under "C*". So a stem that no entry names may be used once it was registered with this credential.
// Open: where the list comes from application rules, a registration outside of it is theirs to refuse (4126).
std::optional<Reason> check_ae(const RequestCase& request, const identity::Association& association) {
  const OriginatorView& from = request.from;
  const identity::StemList& stems = *association.stems();
  if (request.creates(kTypeAe) && (from.absent() || from.bare_letter())) return std::nullopt;
  if (from.form != Form::Stem) return Reason::OriginatorForm;
  if (request.creates(kTypeAe)) {
    // What configuration gives to another credential by name is not for who comes under a wildcard.
    const bool anothers = request.rules.reserved_stems.contains(from.stem) && !stems.lists(from.stem);
    const bool left_to_rules = association.source == identity::IdentitySource::AppRules;
    return !anothers && (left_to_rules || stems.covers(from.stem)) ? std::nullopt
                                                                   : std::optional(Reason::OriginatorNotAllowed);
  }
  if (association.may_speak_as(from.stem)) return std::nullopt;
  const bool covered = !request.rules.registration.wildcards_need_registration && stems.covers(from.stem);
  return covered ? std::nullopt : std::optional(Reason::OriginatorNotAllowed);
}

// Spec: TS-0004 7.3.2.1 rule 4
// Open: 4b refuses the CSE-relative stem of an AE of ours; "/own-cse/Cabc" names the same AE and is refused alike,
// although that form could come back from a group that a peer fans out. An S-type stem with the CSE-ID of another
// registree before it (TS-0001 10.2.2.2 cases b, e) is refused like 4c: only that registree announces its AEs.
// An S-type stem by itself passes, as the rule has it, also when that AE is registered here: it belongs to the whole
// service provider, a transit CSE relays for AEs that are not its own, and the request of our own AE comes back from a
// group that the peer fans out. So a registree CSE is believed when it names one; a credential of a CSE weighs more
// than that of an AE.
// Open: our registrar is a peer like any other here. It is no registree, so its AEs and whatever lies behind it may be
// named by a registree that relays for them (a group that it fans out). Its own CSE-ID may not: with one registrar for
// each CSE and no loops (TS-0001 6.4) its requests come from itself.
std::optional<Reason> check_cse(const RequestCase& request, const identity::CseId& peer) {
  const OriginatorView& from = request.from;
  switch (from.form) {
    case Form::Absent: return std::nullopt;  // CREATE <AE>, see rule 1
    case Form::BareC:
    case Form::BareS:
      if (request.creates(kTypeAe)) return std::nullopt;
      return Reason::BadOriginatorSyntax;
    case Form::Stem:
      if (from.stem.front() == 'C') return Reason::CseRelativeStem;
      return std::nullopt;
    case Form::SpRelativeAe:
    case Form::AbsoluteAe:
      if (is_other_registree(request, peer)) return Reason::AeOfOtherRegistreeCse;
      if (is_own_ae(request)) return Reason::CseRelativeStem;
      return std::nullopt;
    case Form::CseId:
    case Form::AbsoluteCse:
      if (is_other_registree(request, peer) || is_our_registrar(request, peer)) return Reason::OtherRegistreeCse;
      return std::nullopt;
    case Form::Other: return Reason::BadOriginatorSyntax;
  }
  return Reason::BadOriginatorSyntax;
}

// May somebody who has no identity ask for this stem? Where application rules are asked, they say it.
bool is_free_for_strangers(std::string_view stem, const RequestCase& request) {
  using Strangers = RegistrationSettings::Strangers;
  if (request.rules.reserved_stems.contains(stem)) return false;
  if (request.profile.state != ServiceProfile::State::Unused) return true;
  switch (request.rules.registration.strangers) {
    case Strangers::Any: return true;
    case Strangers::CStems: return stem.front() == 'C';
    case Strangers::Assigned: return false;
  }
  return false;
}

// Spec: TS-0003 8.2.2.1 (the AE-ID may become known at registration). A stem that configuration gives to a credential
// is not free.
std::optional<Reason> check_unresolved(const RequestCase& request, const identity::Association& association) {
  const OriginatorView& from = request.from;
  if (!request.creates(kTypeAe)) {
    const bool anothers = request.rules.reserved_stems.contains(from.stem);
    if (from.form == Form::Stem && !anothers && association.has_registered(from.stem)) return std::nullopt;
    return association.learned && !association.learned->stems.empty() ? Reason::OriginatorNotAllowed
                                                                      : Reason::UnresolvedIdentity;
  }
  if (from.absent() || from.bare_letter()) return std::nullopt;
  if (from.form != Form::Stem) return Reason::UnresolvedIdentity;
  const bool anothers = request.rules.reserved_stems.contains(from.stem);
  const bool again = !anothers && association.has_registered(from.stem);
  if (again || is_free_for_strangers(from.stem, request)) return std::nullopt;
  return Reason::OriginatorNotAllowed;
}

// Spec: TS-0004 7.3.2.1 rules 5 and 6
// Open: the rules leave CREATE <AE> free outside an association; design invariant 1 does not. Nothing is registered
// with us yet that has no association, so rule 5 refuses every AE-ID.
Reason check_outside(const RequestCase& request) {
  if (request.from.names_cse()) return Reason::AssociationRequired;
  if (request.from.names_ae() && !request.creates(kTypeAe)) return Reason::NotRegistered;
  return Reason::AssociationRequired;
}

// Spec: TS-0004 7.3.2.1 rule 7
std::optional<Reason> check_parameters(const Primitive& primitive) {
  if (primitive.operation == Operation::Create) {
    if (primitive.resource_type.absent()) return Reason::ResourceTypeMissing;
    if (primitive.resource_type.malformed() || !is_resource_type(primitive.resource_type.value))
      return Reason::ResourceTypeInvalid;
    if (primitive.has_filter_criteria) return Reason::FilterCriteriaOnCreate;
  }
  const auto& wanted = primitive.result_content;
  if (wanted.absent()) return std::nullopt;
  if (wanted.malformed() || wanted.value > 12) return Reason::ResultContentInvalid;
  if ((result_contents_of(primitive.operation) >> wanted.value & 1u) == 0) return Reason::ResultContentInvalid;
  return std::nullopt;
}

}  // namespace saproxy::policy
