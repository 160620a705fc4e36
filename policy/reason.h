// Reason: every way a request can be refused. Closed set: response code, text for the client, counter name and clause
// stand in one table.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/response_code.h"

namespace saproxy::policy {

enum class Reason : std::uint8_t {
  RequestExpired,            // rule 1
  RequestExpirationInvalid,  // rule 1: no timestamp of TS-0004 6.3.3
  OriginatorMissing,         // rule 1
  OriginatorForm,            // rule 2
  OriginatorNotAllowed,      // rule 3
  OtherRegistreeCse,         // rule 4a
  CseRelativeStem,           // rule 4b
  AeOfOtherRegistreeCse,     // rule 4c
  NotRegistered,             // rule 5
  AssociationRequired,       // rule 6
  ResourceTypeMissing,       // rule 7
  ResourceTypeInvalid,       // rule 7
  FilterCriteriaOnCreate,    // rule 7
  ResultContentInvalid,      // rule 7
  DeniedOriginator,          // the CSE's administrators, whatever else is allowed
  OwnCseId,                  // From names the CSE behind us
  UnresolvedIdentity,        // the association may register only
  StemNotAssignable,         // CREATE <AE> with From "C", "S" or absent, and no allowed stem begins so
  AeRegistersAsCse,          // CREATE <remoteCSE> by an AE (TS-0004 7.4.4.2.1: 4005)
  CseIdMismatch,             // CREATE <remoteCSE> with From other than the association's CSE-ID
  BadOriginatorSyntax,       // From is no identifier at all
  ProfileMissing,            // no service subscription profile, or this CSE is not in it (4128)
  NoAppRule,                 // no rule covers credential, App-ID and AE-ID-Stem (4126)
  AlreadyRegistered,         // 4117
  RegistrationPending,       // the same identity is being registered at this moment
  TooManyRegistrations,      // as many as the settings allow
  TooManyOfCredential,       // likewise through this credential
  RegistrarElsewhere,        // CREATE <AE> or <remoteCSE> with another CSE as its target
  AppIdInvalid,              // api missing, or not of the form that TS-0004 asks
  ContentUnreadable,         // of a registration
  TargetUnknown,             // nu or su leads to nobody who is registered
  ContentMismatch,           // not an <AE> or <remoteCSE>, although ty says so
  IdentityInContent,         // aei or csi in the content names another than From
  AssignedIdHidden,          // rcn leaves out the identity that the CSE is asked to assign
  ParameterTooLong,          // From, RI or another parameter over the limits of the CSE profile
};
inline constexpr std::size_t kReasonCount = static_cast<std::size_t>(Reason::ParameterTooLong) + 1;

struct ReasonInfo {
  std::string_view word;  // metric label and log field: "originator_not_allowed"
  ResponseCode code;
  std::string_view text;    // debug text for the client; says nothing it should not know
  std::string_view clause;  // "TS-0004 7.3.2.1 rule 3"
};
[[nodiscard]] const ReasonInfo& info(Reason reason);

}  // namespace saproxy::policy
