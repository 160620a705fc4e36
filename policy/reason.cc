#include "policy/reason.h"

#include <algorithm>
#include <array>

namespace saproxy::policy {
namespace {

using enum ResponseCode;

// Exhaustive without default: a new Reason does not build before code, text, word and clause exist.
// Texts go to the client: they name the rule that it broke and never a value, a list or what else exists. What an
// attacker could tell apart by probing (denied, own CSE-ID, another registree, not allowed) reads the same.
constexpr std::string_view kNotAuthenticated = "originator does not match the security association";

constexpr ReasonInfo describe(Reason reason) {
  switch (reason) {
    case Reason::RequestExpired:
      return {"request_expired", RequestTimeout, "request expiration time has passed", "TS-0004 7.3.2.1 rule 1"};
    case Reason::RequestExpirationInvalid:
      return {"request_expiration_invalid", BadRequest, "request expiration time is not valid",
              "TS-0004 7.3.2.1 rule 1, 6.3.3"};
    case Reason::OriginatorMissing:
      return {"originator_missing", BadRequest, "originator is missing", "TS-0004 7.3.2.1 rule 1"};
    case Reason::OriginatorForm:
      return {"originator_form", BadRequest, "originator is not an AE-ID-Stem", "TS-0004 7.3.2.1 rule 2"};
    case Reason::OriginatorNotAllowed:
      return {"originator_not_allowed", OriginatorNotAuthenticated, kNotAuthenticated, "TS-0004 7.3.2.1 rule 3"};
    case Reason::OtherRegistreeCse:
      return {"other_registree_cse", OriginatorNotAuthenticated, kNotAuthenticated, "TS-0004 7.3.2.1 rule 4a"};
    case Reason::CseRelativeStem:
      return {"cse_relative_stem", OriginatorNotAuthenticated, kNotAuthenticated, "TS-0004 7.3.2.1 rule 4b"};
    case Reason::AeOfOtherRegistreeCse:
      return {"ae_of_other_registree_cse", OriginatorNotAuthenticated, kNotAuthenticated, "TS-0004 7.3.2.1 rule 4c"};
    case Reason::NotRegistered:
      return {"not_registered", OriginatorNotAuthenticated, kNotAuthenticated, "TS-0004 7.3.2.1 rule 5"};
    case Reason::AssociationRequired:
      return {"association_required", SecurityAssociationRequired, "a security association is required",
              "TS-0004 7.3.2.1 rule 6"};
    case Reason::ResourceTypeMissing:
      return {"resource_type_missing", BadRequest, "resource type is missing", "TS-0004 7.3.2.1 rule 7"};
    case Reason::ResourceTypeInvalid:
      return {"resource_type_invalid", BadRequest, "resource type is not valid", "TS-0004 7.3.2.1 rule 7"};
    case Reason::FilterCriteriaOnCreate:
      return {"filter_criteria_on_create", BadRequest, "filter criteria are not valid for this operation",
              "TS-0004 7.3.2.1 rule 7"};
    case Reason::ResultContentInvalid:
      return {"result_content_invalid", BadRequest, "result content is not valid for this operation",
              "TS-0004 7.3.2.1 rule 7"};
    case Reason::DeniedOriginator:
      return {"denied_originator", OriginatorNotAuthenticated, kNotAuthenticated, "TS-0003 7.2.1"};
    case Reason::OwnCseId: return {"own_cse_id", OriginatorNotAuthenticated, kNotAuthenticated, "TS-0003 8.2.1"};
    case Reason::UnresolvedIdentity:
      return {"unresolved_identity", OriginatorNotAuthenticated, kNotAuthenticated, "TS-0003 8.2.2.1"};
    case Reason::StemNotAssignable:
      return {"stem_not_assignable", OriginatorNotAuthenticated, kNotAuthenticated, "TS-0001 10.2.2.2"};
    case Reason::AeRegistersAsCse:
      return {"ae_registers_as_cse", OperationNotAllowed, "an AE cannot register as a CSE", "TS-0004 7.4.4.2.1"};
    case Reason::CseIdMismatch:
      return {"cse_id_mismatch", OriginatorNotAuthenticated, kNotAuthenticated, "TS-0001 10.2.2.7"};
    case Reason::BadOriginatorSyntax:
      return {"bad_originator_syntax", BadRequest, "originator is not a valid identifier", "TS-0001 7.2"};
    case Reason::ProfileMissing:
      return {"profile_missing", ServiceSubscriptionNotEstablished, "there is no service subscription for this CSE",
              "TS-0004 7.3.2.7"};
    case Reason::NoAppRule:
      return {"no_app_rule", AppRuleValidationFailed, "no application rule allows this registration",
              "TS-0004 7.3.2.7; TS-0001 10.2.2.2"};
    case Reason::AlreadyRegistered:
      return {"already_registered", OriginatorHasAlreadyRegistered, "the originator is registered already",
              "TS-0004 7.4.5.2.1, 7.4.4.2.1"};
    case Reason::RegistrationPending:
      return {"registration_pending", OriginatorHasAlreadyRegistered, "the originator is being registered",
              "TS-0004 7.4.5.2.1, 7.4.4.2.1"};
    // Open: no clause bounds registrations; 5207 is what TS-0004 has for what a quota does not let in.
    case Reason::TooManyRegistrations:
      return {"too_many_registrations", NotAcceptable, "no more registrations are accepted", "TS-0004 6.6.3"};
    case Reason::TooManyOfCredential:
      return {"too_many_of_credential", NotAcceptable, "no more registrations are accepted", "TS-0004 6.6.3"};
    case Reason::RegistrarElsewhere:
      return {"registrar_elsewhere", OperationNotAllowed, "a registration is made at the registrar itself",
              "TS-0001 6.4"};
    case Reason::AppIdInvalid:
      return {"app_id_invalid", BadRequest, "App-ID is missing or begins with neither R nor N", "TS-0004 7.4.5.2.1"};
    case Reason::ContentUnreadable:
      return {"content_unreadable", BadRequest, "the content cannot be read", "TS-0004 8.2"};
    case Reason::TargetUnknown:
      return {"target_unknown", BadRequest, "nu or su leads to nobody who is registered", "TS-0004 7.4.8.2.1"};
    case Reason::ContentMismatch:
      return {"content_mismatch", BadRequest, "the content is not of the resource type", "TS-0004 7.4.4, 7.4.5"};
    case Reason::IdentityInContent:
      return {"identity_in_content", BadRequest, "the content names another identity than the originator",
              "TS-0004 7.4.4.2.1, 7.4.5.2.1"};
    case Reason::AssignedIdHidden:
      return {"assigned_id_hidden", BadRequest, "result content leaves out the AE-ID that is to be assigned",
              "TS-0001 10.2.2.2"};
    case Reason::ParameterTooLong:
      return {"parameter_too_long", BadRequest, "a request parameter is too long", "TS-0004 7.2.1"};
  }
  return {"unknown", InternalServerError, "request refused", "TS-0004 6.6.3"};
}

constexpr std::array<ReasonInfo, kReasonCount> make_table() {
  std::array<ReasonInfo, kReasonCount> table{};
  for (std::size_t i = 0; i < kReasonCount; ++i) table[i] = describe(static_cast<Reason>(i));
  return table;
}
constexpr auto kTable = make_table();

constexpr bool table_is_complete() {
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const ReasonInfo& row = kTable[i];
    if (row.word == "unknown" || row.text.empty() || row.clause.empty()) return false;
    for (std::size_t j = 0; j < i; ++j) {
      if (kTable[j].word == row.word) return false;
    }
  }
  return true;
}
static_assert(table_is_complete(), "every Reason needs its own word, a text and a clause");

}  // namespace

const ReasonInfo& info(Reason reason) {
  const auto index = static_cast<std::size_t>(reason);
  static constexpr ReasonInfo kUnknown{"unknown", InternalServerError, "request refused", "TS-0004 6.6.3"};
  return index < kReasonCount ? kTable[index] : kUnknown;
}

}  // namespace saproxy::policy
