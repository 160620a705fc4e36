// The refusal table as a golden file: whatever it changes to is reviewed. SAPROXY_UPDATE_GOLDEN=1 rewrites it.
#include "policy/response_code.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <iomanip>
#include <set>
#include <sstream>

#include "policy/reason.h"

namespace saproxy::policy {
namespace {

struct Row {
  ResponseCode code;
  const char* name;
  std::uint16_t http;
  std::uint8_t coap;
};
// Spec: TS-0004 6.6.3; TS-0009 table 6.3.2-1; TS-0008 table 6.2.4-1
constexpr Row kRows[] = {
    {ResponseCode::Accepted, "ACCEPTED", 202, 0x44},
    {ResponseCode::Ok, "OK", 200, 0x45},
    {ResponseCode::Created, "CREATED", 201, 0x41},
    {ResponseCode::Deleted, "DELETED", 200, 0x42},
    {ResponseCode::Updated, "UPDATED", 200, 0x44},
    {ResponseCode::BadRequest, "BAD_REQUEST", 400, 0x80},
    {ResponseCode::ReleaseVersionNotSupported, "RELEASE_VERSION_NOT_SUPPORTED", 501, 0xA1},
    {ResponseCode::NotFound, "NOT_FOUND", 404, 0x84},
    {ResponseCode::OperationNotAllowed, "OPERATION_NOT_ALLOWED", 405, 0x85},
    {ResponseCode::RequestTimeout, "REQUEST_TIMEOUT", 504, 0xA4},
    {ResponseCode::UnsupportedMediaType, "UNSUPPORTED_MEDIA_TYPE", 415, 0x8F},
    {ResponseCode::ContentsUnacceptable, "CONTENTS_UNACCEPTABLE", 400, 0x80},
    {ResponseCode::OriginatorHasNoPrivilege, "ORIGINATOR_HAS_NO_PRIVILEGE", 403, 0x83},
    {ResponseCode::Conflict, "CONFLICT", 409, 0x83},
    {ResponseCode::OriginatorNotAuthenticated, "ORIGINATOR_NOT_AUTHENTICATED", 403, 0x83},
    {ResponseCode::SecurityAssociationRequired, "SECURITY_ASSOCIATION_REQUIRED", 403, 0x83},
    {ResponseCode::OriginatorHasAlreadyRegistered, "ORIGINATOR_HAS_ALREADY_REGISTERED", 403, 0x83},
    {ResponseCode::AppRuleValidationFailed, "APP_RULE_VALIDATION_FAILED", 403, 0x83},
    {ResponseCode::ServiceSubscriptionNotEstablished, "SERVICE_SUBSCRIPTION_NOT_ESTABLISHED", 403, 0x83},
    {ResponseCode::InternalServerError, "INTERNAL_SERVER_ERROR", 500, 0xA0},
    {ResponseCode::NotImplemented, "NOT_IMPLEMENTED", 501, 0xA1},
    {ResponseCode::TargetNotReachable, "TARGET_NOT_REACHABLE", 404, 0x84},
    {ResponseCode::ReceiverHasNoPrivilege, "RECEIVER_HAS_NO_PRIVILEGE", 403, 0x83},
    {ResponseCode::AlreadyExists, "ALREADY_EXISTS", 409, 0x80},
    {ResponseCode::RemoteEntityNotReachable, "REMOTE_ENTITY_NOT_REACHABLE", 404, 0x84},
    {ResponseCode::NotAcceptable, "NOT_ACCEPTABLE", 406, 0x86},
};
class ResponseCodeRow : public ::testing::TestWithParam<Row> {};
TEST_P(ResponseCodeRow, HasItsNameAndItsTransportCodes) {
  EXPECT_EQ(name_of(GetParam().code), GetParam().name);
  EXPECT_EQ(http_status_of(GetParam().code), GetParam().http);
  EXPECT_EQ(coap_code_of(GetParam().code), GetParam().coap);
}
INSTANTIATE_TEST_SUITE_P(Rows, ResponseCodeRow, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

std::string refusal_table() {
  std::ostringstream table;
  table << "# reason, response code, HTTP, CoAP, clause, text for the client\n" << std::left;
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const ReasonInfo& reason = info(static_cast<Reason>(i));
    table << std::setw(27) << reason.word << static_cast<unsigned>(reason.code) << ' ' << std::setw(30)
          << name_of(reason.code) << http_status_of(reason.code) << ' ' << (coap_code_of(reason.code) >> 5) << '.'
          << std::setfill('0') << std::right << std::setw(2) << (coap_code_of(reason.code) & 31) << std::setfill(' ')
          << std::left << "  " << std::setw(32) << reason.clause << reason.text << '\n';
  }
  return table.str();
}

TEST(Reason, TableIsTheGoldenOne) {
  const std::string path = std::string(SAPROXY_SOURCE_DIR) + "/tests/data/refusals.golden";
  if (std::getenv("SAPROXY_UPDATE_GOLDEN") != nullptr) std::ofstream(path) << refusal_table();
  std::ostringstream golden;
  golden << std::ifstream(path).rdbuf();
  EXPECT_EQ(refusal_table(), golden.str()) << "if this is meant: SAPROXY_UPDATE_GOLDEN=1, then review the difference";
}

// Somebody who tries From values must not learn which of them exist, are configured or are the administrator.
TEST(Reason, TextsOf4106TellNothingApart) {
  std::set<std::string_view> texts;
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    const ReasonInfo& reason = info(static_cast<Reason>(i));
    if (reason.code == ResponseCode::OriginatorNotAuthenticated) texts.insert(reason.text);
  }
  EXPECT_EQ(texts.size(), 1u);
}

TEST(Reason, WordsAreMetricLabels) {
  for (std::size_t i = 0; i < kReasonCount; ++i) {
    for (const char c : info(static_cast<Reason>(i)).word) EXPECT_TRUE((c >= 'a' && c <= 'z') || c == '_');
  }
}

}  // namespace
}  // namespace saproxy::policy
