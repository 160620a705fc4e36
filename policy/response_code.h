// Response status codes and what they are in HTTP and CoAP: one table.
// Spec: TS-0004 6.6.3; TS-0009 table 6.3.2-1; TS-0008 table 6.2.4-1
#pragma once

#include <cstdint>
#include <string_view>

namespace saproxy::policy {

enum class ResponseCode : std::uint16_t {
  Accepted = 1000,
  Ok = 2000,
  Created = 2001,
  Deleted = 2002,
  Updated = 2004,
  BadRequest = 4000,
  ReleaseVersionNotSupported = 4001,
  NotFound = 4004,
  OperationNotAllowed = 4005,
  RequestTimeout = 4008,
  UnsupportedMediaType = 4015,
  ContentsUnacceptable = 4102,
  OriginatorHasNoPrivilege = 4103,
  Conflict = 4105,
  OriginatorNotAuthenticated = 4106,
  SecurityAssociationRequired = 4107,
  OriginatorHasAlreadyRegistered = 4117,
  AppRuleValidationFailed = 4126,
  ServiceSubscriptionNotEstablished = 4128,
  InternalServerError = 5000,
  NotImplemented = 5001,
  TargetNotReachable = 5103,
  ReceiverHasNoPrivilege = 5105,
  AlreadyExists = 5106,
  RemoteEntityNotReachable = 5107,
  NotAcceptable = 5207,
};

[[nodiscard]] std::string_view name_of(ResponseCode code);      // "ORIGINATOR_NOT_AUTHENTICATED"
[[nodiscard]] std::uint16_t http_status_of(ResponseCode code);  // 403
[[nodiscard]] std::uint8_t coap_code_of(ResponseCode code);     // 0x83 for 4.03

}  // namespace saproxy::policy
