// Rules 1 and 7 and the limits: what does not depend on who the peer is.
#include "policy/request_check.h"

#include <gtest/gtest.h>

#include "tests/policy/gate_builders.h"

namespace saproxy::policy::testing {
namespace {

constexpr const char* kForwarded = "forward as 'C1'";

struct TimeRow {
  const char* name;
  const char* text;
  std::optional<std::int64_t> milliseconds;
};

// Spec: TS-0004 6.3.3 (m2m:timestamp)
constexpr TimeRow kTimes[] = {
    {"Epoch", "19700101T000000", 0},
    {"Now", "20261124T060000", kNow},
    {"Milliseconds", "20261124T060000,123", kNow + 123},
    {"Tenths", "20261124T060000,5", kNow + 500},
    {"Hundredths", "20261124T060000,05", kNow + 50},
    {"MicrosecondsAreCut", "20261124T060000,123999", kNow + 123},
    {"LeapDay", "20240229T000000", 1'709'164'800'000},
    {"LeapSecond", "20161231T235960", 1'483'228'800'000},
    {"NoLeapDay", "20230229T000000", std::nullopt},
    {"CenturyWithoutLeapDay", "21000229T000000", std::nullopt},
    {"MonthZero", "20260024T060000", std::nullopt},
    {"Month13", "20261324T060000", std::nullopt},
    {"DayZero", "20261100T060000", std::nullopt},
    {"Hour24", "20261124T240000", std::nullopt},
    {"Minute60", "20261124T066000", std::nullopt},
    {"Second61", "20261124T060061", std::nullopt},
    {"ExtendedFormat", "2026-11-24T06:00:00", std::nullopt},
    {"ZoneLetter", "20261124T060000Z", std::nullopt},
    {"Offset", "20261124T060000+01", std::nullopt},
    {"PointForComma", "20261124T060000.5", std::nullopt},
    {"EmptyFraction", "20261124T060000,", std::nullopt},
    {"LongFraction", "20261124T060000,1234567890", std::nullopt},
    {"LettersInFraction", "20261124T060000,5x", std::nullopt},
    {"LowerCaseT", "20261124t060000", std::nullopt},
    {"Sign", "-0261124T060000", std::nullopt},
    {"Short", "20261124T0600", std::nullopt},
    {"DateOnly", "20261124", std::nullopt},
    {"Empty", "", std::nullopt},
};
class Timestamp : public ::testing::TestWithParam<TimeRow> {};
TEST_P(Timestamp, IsReadOrRefused) { EXPECT_EQ(parse_timestamp(GetParam().text), GetParam().milliseconds); }
INSTANTIATE_TEST_SUITE_P(Rows, Timestamp, ::testing::ValuesIn(kTimes), [](const auto& row) { return row.param.name; });

struct ExpiryRow {
  const char* name;
  const char* text;
  const char* outcome;
};
constexpr const char* kExpired = "refuse 4008 request_expired";
constexpr const char* kInvalidExpiry = "refuse 4000 request_expiration_invalid";
// Spec: TS-0004 7.3.2.1 rule 1, 6.3.3 (m2m:absRelTimestamp)
constexpr ExpiryRow kExpiries[] = {
    {"Later", "20261124T060001", kForwarded},
    {"ThisVeryMoment", "20261124T060000", kForwarded},
    {"OneMillisecondAgo", "20261124T055959,999", kExpired},
    {"LongAgo", "19700101T000000", kExpired},
    {"FarFuture", "99991231T235959", kForwarded},
    {"Relative", "5000", kForwarded},
    {"RelativeZero", "0", kForwarded},
    {"RelativeTooLong", "1234567890123456789", kInvalidExpiry},
    {"Negative", "-1", kInvalidExpiry},
    {"Empty", "", kInvalidExpiry},
    {"Word", "tomorrow", kInvalidExpiry},
    {"Extended", "2026-11-24T06:00:00Z", kInvalidExpiry},
};
class Expiry : public ::testing::TestWithParam<ExpiryRow> {};
TEST_P(Expiry, IsJudgedByRule1) {
  const GateRules rules = some_rules();
  const auto ae = an_ae({"C1"});
  auto primitive = a_request(Operation::Retrieve, "C1");
  primitive.request_expiration = GetParam().text;
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, primitive, kNow)), GetParam().outcome);
}
INSTANTIATE_TEST_SUITE_P(Rows, Expiry, ::testing::ValuesIn(kExpiries), [](const auto& row) { return row.param.name; });

TEST(RequestCheck, LooksAtExpiryBeforeOriginator) {
  const GateRules rules = some_rules();
  const auto ae = an_ae({"C1"});
  auto primitive = a_request(Operation::Retrieve, "C2");
  primitive.request_expiration = "19700101T000000";
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, primitive, kNow)), kExpired);
}

struct TypeRow {
  const char* name;
  Parameter<std::uint32_t> type;
  const char* outcome;
};
constexpr const char* kInvalidType = "refuse 4000 resource_type_invalid";
// Spec: TS-0004 7.3.2.1 rule 7
const TypeRow kTypes[] = {
    {"Missing", {}, "refuse 4000 resource_type_missing"},
    {"Malformed", Parameter<std::uint32_t>::bad(), kInvalidType},
    {"Zero", Parameter<std::uint32_t>::of(0), kInvalidType},
    {"Container", Parameter<std::uint32_t>::of(3), kForwarded},
    {"Largest", Parameter<std::uint32_t>::of(9999), kForwarded},
    {"Between", Parameter<std::uint32_t>::of(10000), kInvalidType},
    {"Announced", Parameter<std::uint32_t>::of(10003), kForwarded},
    {"LargestAnnounced", Parameter<std::uint32_t>::of(19999), kForwarded},
    {"Beyond", Parameter<std::uint32_t>::of(20000), kInvalidType},
    {"Wraps", Parameter<std::uint32_t>::of(0xFFFFFFFF), kInvalidType},
};
class ResourceType : public ::testing::TestWithParam<TypeRow> {};
TEST_P(ResourceType, IsJudgedByRule7) {
  const GateRules rules = some_rules();
  const auto ae = an_ae({"C1"});
  auto primitive = a_request(Operation::Create, "C1");
  primitive.resource_type = GetParam().type;
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, primitive, kNow)), GetParam().outcome);
}
INSTANTIATE_TEST_SUITE_P(Rows, ResourceType, ::testing::ValuesIn(kTypes),
                         [](const auto& row) { return row.param.name; });

TEST(RequestCheck, RefusesFilterCriteriaOnCreateOnly) {
  const GateRules rules = some_rules();
  const auto ae = an_ae({"C1"});
  auto create = a_request(Operation::Create, "C1", 3);
  auto retrieve = a_request(Operation::Retrieve, "C1");
  create.has_filter_criteria = retrieve.has_filter_criteria = true;
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, create, kNow)), "refuse 4000 filter_criteria_on_create");
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, retrieve, kNow)), kForwarded);
}

// Spec: TS-0004 7.3.2.1 rule 7, TS-0001 8.1.2: for each operation, 'x' where the Result Content 0 to 13 is valid.
struct ContentRow {
  Operation operation;
  const char* valid;
};
constexpr ContentRow kContents[] = {
    {Operation::Create, "xxxx.....x...."}, {Operation::Retrieve, ".x..xxxxx.xxx."},
    {Operation::Update, "xx.......x...."}, {Operation::Delete, "xx..xxx.x....."},
    {Operation::Notify, "xx............"},
};
class ResultContent : public ::testing::TestWithParam<ContentRow> {};
TEST_P(ResultContent, IsJudgedByRule7) {
  const GateRules rules = some_rules();
  const auto ae = an_ae({"C1"});
  auto primitive = a_request(GetParam().operation, "C1", 3);
  for (std::uint32_t value = 0; GetParam().valid[value] != '\0'; ++value) {
    primitive.result_content = Parameter<std::uint32_t>::of(value);
    const bool forwarded = std::holds_alternative<Forward>(a_gate(rules).judge(&ae, primitive, kNow));
    EXPECT_EQ(forwarded, GetParam().valid[value] == 'x') << "rcn=" << value;
  }
  primitive.result_content = Parameter<std::uint32_t>::bad();
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, primitive, kNow)), "refuse 4000 result_content_invalid");
  primitive.result_content = Parameter<std::uint32_t>::of(1u << 31);
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, primitive, kNow)), "refuse 4000 result_content_invalid");
}
INSTANTIATE_TEST_SUITE_P(Rows, ResultContent, ::testing::ValuesIn(kContents),
                         [](const auto& row) { return std::string(to_text(row.param.operation)); });

TEST(RequestCheck, RefusesAnOriginatorLongerThanTheCseTakes) {
  GateRules rules = some_rules();
  rules.max_originator = 10;
  const auto ae = an_ae({"C*"});
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, a_request(Operation::Retrieve, "C123456789"), kNow)),
            "forward as 'C123456789'");
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, a_request(Operation::Retrieve, "C1234567890"), kNow)),
            "refuse 4000 parameter_too_long");
}

TEST(RequestCheck, NeverTakesAnOriginatorOverTheIdentifierBound) {
  GateRules rules = some_rules();
  rules.max_originator = 100'000;
  const auto ae = an_ae({"*"});
  const std::string longest = "C" + std::string(identity::kMaxIdentifier - 1, 'a');
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, a_request(Operation::Retrieve, longest), kNow)),
            "forward as '" + longest + "'");
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, a_request(Operation::Retrieve, longest + "a"), kNow)),
            "refuse 4000 parameter_too_long");
}

TEST(RequestCheck, RefusesARequestIdLongerThanTheCseTakes) {
  const GateRules rules = some_rules();
  const auto ae = an_ae({"C1"});
  auto primitive = a_request(Operation::Retrieve, "C1");
  const std::string id(101, 'r');
  primitive.request_id = std::string_view(id).substr(0, 100);
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, primitive, kNow)), kForwarded);
  primitive.request_id = id;
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, primitive, kNow)), "refuse 4000 parameter_too_long");
}

TEST(Gate, InsertsALetterForCsesThatDemandOne) {
  GateRules rules = some_rules();
  rules.insert_letter = true;
  const auto request = a_request(Operation::Create, std::nullopt, kTypeAe);
  const auto any_c = an_ae({"C*"});
  const auto any_s = an_ae({"S*"});
  const auto one = an_ae({"C1"});
  const auto stranger = a_stranger();
  EXPECT_EQ(to_string(a_gate(rules).judge(&any_c, request, kNow)), "forward as 'C'");
  EXPECT_EQ(to_string(a_gate(rules).judge(&any_s, request, kNow)), "forward as 'S'");
  EXPECT_EQ(to_string(a_gate(rules).judge(&one, request, kNow)), "forward as 'C1'");
  EXPECT_EQ(to_string(a_gate(rules).judge(&stranger, request, kNow)), "forward as 'C'");
}

// Mobius4 and others assign as if for "C" where From is absent.
TEST(Gate, InsertsSWhereNothingElseCanBeAssigned) {
  const GateRules rules = some_rules();
  const auto request = a_request(Operation::Create, std::nullopt, kTypeAe);
  const auto any_s = an_ae({"S*"});
  const auto both = an_ae({"C*", "S*"});
  const auto any_c = an_ae({"C*"});
  EXPECT_EQ(to_string(a_gate(rules).judge(&any_s, request, kNow)), "forward as 'S'");
  EXPECT_EQ(to_string(a_gate(rules).judge(&both, request, kNow)), "forward as ''");
  EXPECT_EQ(to_string(a_gate(rules).judge(&any_c, request, kNow)), "forward as ''");
}

TEST(Gate, AnswersACseIdMismatchWithTheConfiguredCode) {
  GateRules rules = some_rules();
  rules.registration.cse_id_mismatch_code = ResponseCode::SecurityAssociationRequired;
  const auto cse = a_cse("/cse2");
  EXPECT_EQ(to_string(a_gate(rules).judge(&cse, a_request(Operation::Create, "/cse9", kTypeRemoteCse), kNow)),
            "refuse 4107 cse_id_mismatch");
}

TEST(Gate, TakesCommasInStemsWhereTheCseAssignsThem) {
  GateRules rules = some_rules();
  const auto ae = an_ae({"C*"});
  const auto request = a_request(Operation::Retrieve, "CAE20261124T220539,3740002");
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, request, kNow)), "refuse 4000 originator_form");
  rules.comma_in_stems = true;
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, request, kNow)), "forward as 'CAE20261124T220539,3740002'");
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, a_request(Operation::Retrieve, "C1,CAdmin"), kNow)),
            "refuse 4106 denied_originator");
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, a_request(Operation::Retrieve, "C1,cadmin,C2"), kNow)),
            "refuse 4106 denied_originator");
}

TEST(Gate, DeniesByPathPatterns) {
  GateRules rules = some_rules();
  rules.denied_originators = patterns({"/cse2/Cboss", "//other.example.org/*", "cse9/S*"});
  const auto cse = a_cse("/cse2");
  for (const char* from :
       {"/cse2/Cboss", "/CSE2/cboss", "//other.example.org/cse1", "/cse9/S1", "//sp.example.com/cse9/S1"}) {
    EXPECT_EQ(to_string(a_gate(rules).judge(&cse, a_request(Operation::Notify, from), kNow)),
              "refuse 4106 denied_originator")
        << from;
  }
  EXPECT_EQ(to_string(a_gate(rules).judge(&cse, a_request(Operation::Notify, "/cse2/Cb"), kNow)),
            "forward as '/cse2/Cb'");
}

TEST(Gate, RefusesAStemThatIsTheNameOfTheCse) {
  GateRules rules = some_rules();
  rules.cse = cse_id("/Cse1");
  const auto ae = an_ae({"C*"});
  const auto only = an_ae({"Cse1"});
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, a_request(Operation::Retrieve, "Cse1"), kNow)),
            "refuse 4106 own_cse_id");
  Primitive create = a_request(Operation::Create, std::nullopt, kTypeAe);
  create.to = "/Cse1";
  EXPECT_EQ(to_string(a_gate(rules).judge(&only, create, kNow)), "refuse 4106 own_cse_id");
}

TEST(Gate, EndsWithTheAssociation) {
  const GateRules rules = some_rules();
  auto ae = an_ae({"C1"});
  ae.expires = kNow / 1000 + 1;
  const auto request = a_request(Operation::Retrieve, "C1");
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, request, kNow)), kForwarded);
  EXPECT_EQ(to_string(a_gate(rules).judge(&ae, request, kNow + 1000)), "refuse 4106 not_registered");
}

}  // namespace
}  // namespace saproxy::policy::testing
