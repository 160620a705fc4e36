#include "policy/response_code.h"

#include <algorithm>
#include <array>

namespace saproxy::policy {
namespace {

struct Row {
  ResponseCode code;
  std::string_view name;
  std::uint16_t http;
  std::uint8_t coap;
};

// CoAP codes as on the wire: 3 bits class, 5 bits detail.
constexpr std::uint8_t coap(unsigned kind, unsigned detail) { return static_cast<std::uint8_t>(kind << 5 | detail); }

using enum ResponseCode;
// Spec: TS-0004 6.6.3; TS-0009 table 6.3.2-1; TS-0008 table 6.2.4-1. Ascending by code.
// Open: 4128 is missing in both mapping tables; we send 403 and 4.03, like its neighbour 4126.
constexpr std::array kRows = {
    Row{Accepted, "ACCEPTED", 202, coap(2, 4)},
    Row{Ok, "OK", 200, coap(2, 5)},
    Row{Created, "CREATED", 201, coap(2, 1)},
    Row{Deleted, "DELETED", 200, coap(2, 2)},
    Row{Updated, "UPDATED", 200, coap(2, 4)},
    Row{BadRequest, "BAD_REQUEST", 400, coap(4, 0)},
    Row{ReleaseVersionNotSupported, "RELEASE_VERSION_NOT_SUPPORTED", 501, coap(5, 1)},
    Row{NotFound, "NOT_FOUND", 404, coap(4, 4)},
    Row{OperationNotAllowed, "OPERATION_NOT_ALLOWED", 405, coap(4, 5)},
    Row{RequestTimeout, "REQUEST_TIMEOUT", 504, coap(5, 4)},
    Row{UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", 415, coap(4, 15)},
    Row{ContentsUnacceptable, "CONTENTS_UNACCEPTABLE", 400, coap(4, 0)},
    Row{OriginatorHasNoPrivilege, "ORIGINATOR_HAS_NO_PRIVILEGE", 403, coap(4, 3)},
    Row{Conflict, "CONFLICT", 409, coap(4, 3)},
    Row{OriginatorNotAuthenticated, "ORIGINATOR_NOT_AUTHENTICATED", 403, coap(4, 3)},
    Row{SecurityAssociationRequired, "SECURITY_ASSOCIATION_REQUIRED", 403, coap(4, 3)},
    Row{OriginatorHasAlreadyRegistered, "ORIGINATOR_HAS_ALREADY_REGISTERED", 403, coap(4, 3)},
    Row{AppRuleValidationFailed, "APP_RULE_VALIDATION_FAILED", 403, coap(4, 3)},
    Row{ServiceSubscriptionNotEstablished, "SERVICE_SUBSCRIPTION_NOT_ESTABLISHED", 403, coap(4, 3)},
    Row{InternalServerError, "INTERNAL_SERVER_ERROR", 500, coap(5, 0)},
    Row{NotImplemented, "NOT_IMPLEMENTED", 501, coap(5, 1)},
    Row{TargetNotReachable, "TARGET_NOT_REACHABLE", 404, coap(4, 4)},
    Row{ReceiverHasNoPrivilege, "RECEIVER_HAS_NO_PRIVILEGE", 403, coap(4, 3)},
    Row{AlreadyExists, "ALREADY_EXISTS", 409, coap(4, 0)},
    Row{RemoteEntityNotReachable, "REMOTE_ENTITY_NOT_REACHABLE", 404, coap(4, 4)},
    Row{NotAcceptable, "NOT_ACCEPTABLE", 406, coap(4, 6)},
};

// Exhaustive without default: a new code does not build before it has a row.
constexpr std::size_t index_of(ResponseCode code) {
  switch (code) {
    case Accepted: return 0;
    case Ok: return 1;
    case Created: return 2;
    case Deleted: return 3;
    case Updated: return 4;
    case BadRequest: return 5;
    case ReleaseVersionNotSupported: return 6;
    case NotFound: return 7;
    case OperationNotAllowed: return 8;
    case RequestTimeout: return 9;
    case UnsupportedMediaType: return 10;
    case ContentsUnacceptable: return 11;
    case OriginatorHasNoPrivilege: return 12;
    case Conflict: return 13;
    case OriginatorNotAuthenticated: return 14;
    case SecurityAssociationRequired: return 15;
    case OriginatorHasAlreadyRegistered: return 16;
    case AppRuleValidationFailed: return 17;
    case ServiceSubscriptionNotEstablished: return 18;
    case InternalServerError: return 19;
    case NotImplemented: return 20;
    case TargetNotReachable: return 21;
    case ReceiverHasNoPrivilege: return 22;
    case AlreadyExists: return 23;
    case RemoteEntityNotReachable: return 24;
    case NotAcceptable: return 25;
  }
  return 19;  // no value of the enumeration: answered as an internal error
}

constexpr bool rows_stand_at_their_index() {
  for (std::size_t i = 0; i < kRows.size(); ++i) {
    if (index_of(kRows[i].code) != i || kRows[i].name.empty()) return false;
  }
  return std::ranges::is_sorted(kRows, {}, &Row::code);
}
static_assert(rows_stand_at_their_index());

}  // namespace

std::string_view name_of(ResponseCode code) { return kRows[index_of(code)].name; }
std::uint16_t http_status_of(ResponseCode code) { return kRows[index_of(code)].http; }
std::uint8_t coap_code_of(ResponseCode code) { return kRows[index_of(code)].coap; }

}  // namespace saproxy::policy
