// The messages of a call, written anew.
// Spec: TS-0004 7.3.2.6 (From beyond the registrar); TS-0001 7.2; facts of CSEs (who follows the registrar's poa)
#include "proxy/egress/messages.h"

#include <gtest/gtest.h>

#include <string>

namespace saproxy::proxy {
namespace {

http::Field field(std::string_view name, std::string_view value) { return {name, value}; }

struct From {
  const char* name;
  const char* sent;
  const char* to_cse;
};
class Originator : public ::testing::TestWithParam<From> {};
TEST_P(Originator, IsKnownBeyondItsRegistrar) {
  http::RequestHead head;
  head.method = http::Method::Get;
  head.method_text = "GET";
  head.fields = {field("x-m2m-origin", GetParam().sent)};
  const auto point = *policy::PointOfAccess::parse("https://mn.example.com:8443");
  const auto line = [&](const std::string& own) {
    const std::string text = egress_request(head, point, {"/x", "", "", own}, {});
    const auto begin = text.find("x-m2m-origin: ") + 14;
    return text.substr(begin, text.find('\r', begin) - begin);
  };
  EXPECT_EQ(line("/cse1"), GetParam().to_cse);
  EXPECT_EQ(line(""), GetParam().sent) << "an AE";
}
INSTANTIATE_TEST_SUITE_P(Rows, Originator,
                         ::testing::Values(From{"OwnAe", "Cae1", "/cse1/Cae1"},
                                           From{"OfTinyIot", "CAE2026,1", "/cse1/CAE2026,1"},
                                           From{"SpRelative", "/cse1/Cae1", "/cse1/Cae1"},
                                           From{"Absolute", "//sp.com/cse1/Cae1", "//sp.com/cse1/Cae1"},
                                           From{"OfTheProvider", "Sae1", "Sae1"}, From{"Cse", "/cse1", "/cse1"},
                                           From{"Letter", "C", "C"}, From{"None", "C x", "C x"}),
                         [](const auto& row) { return std::string(row.param.name); });

struct Answer {
  const char* name;
  const char* type;
  const char* body;
  const char* after;  // nullptr: as it is
};
class RegistrarAnswer : public ::testing::TestWithParam<Answer> {};
TEST_P(RegistrarAnswer, ShowsTheDoorInItsCseBaseAlone) {
  http::ResponseHead head;
  head.fields = {field("Content-Type", GetParam().type)};
  const auto other = registrar_answer(head, GetParam().body, *identity::CseId::parse("/in"),
                                      *policy::LocalAddresses::make("http://127.0.0.1:7002"));
  ASSERT_EQ(other.has_value(), GetParam().after != nullptr);
  EXPECT_EQ(other.value_or(""), GetParam().after == nullptr ? "" : GetParam().after);
}
constexpr const char* kJson = "application/json;charset=utf-8";
INSTANTIATE_TEST_SUITE_P(
    Rows, RegistrarAnswer,
    ::testing::Values(Answer{"Base", kJson, R"({"m2m:cb":{"ty":5,"csi":"/in","poa":["https://in","mqtt://b"]}})",
                             R"({"m2m:cb":{"ty":5,"csi":"/in","poa":["http://127.0.0.1:7002"]}})"},
                      Answer{"PointsFirst", "application/vnd.onem2m-res+json",
                             R"({"m2m:cb":{"poa":["https://in"],"csi":"/in"}})",
                             R"({"m2m:cb":{"poa":["http://127.0.0.1:7002"],"csi":"/in"}})"},
                      Answer{"OfAnother", kJson, R"({"m2m:cb":{"csi":"/mn2","poa":["https://in"]}})", nullptr},
                      Answer{"OfNobody", kJson, R"({"m2m:cb":{"poa":["https://in"]}})", nullptr},
                      Answer{"NoPoints", kJson, R"({"m2m:cb":{"csi":"/in"}})", nullptr},
                      Answer{"OurOwnRemoteCse", kJson, R"({"m2m:csr":{"csi":"/in","poa":["https://in"]}})", nullptr},
                      Answer{"Ae", kJson, R"({"m2m:ae":{"poa":["https://in"]}})", nullptr},
                      Answer{"Broken", kJson, R"({"m2m:cb":{"csi":"/in","poa":["https://in"]})", nullptr},
                      Answer{"UnknownType", "text/plain", R"({"m2m:cb":{"csi":"/in","poa":["https://in"]}})", nullptr}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace saproxy::proxy
