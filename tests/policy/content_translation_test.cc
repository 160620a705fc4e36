// Spec: TS-0004 7.3.3.9.1 (points of access in their order), 7.4.4, 7.4.5, 7.4.8
#include "policy/content_translation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/content_reading.h"
#include "tests/policy/content_tree.h"

namespace saproxy::policy {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Points = std::vector<std::string>;
using S = Serialisation;

constexpr const char* kLocal = "http://127.0.0.1:7001/rabcdefghijklmnopqrstuvwx2";

Tree points(const Points& texts) {
  Tree tree = list({});
  for (const std::string& one : texts) tree.items.push_back(text(one));
  return tree;
}

std::string written(S serialisation, const Tree& tree) {
  switch (serialisation) {
    case S::Json: return to_json(tree);
    case S::Xml: return to_xml(tree);
    case S::Cbor: return to_cbor(tree);
  }
  return {};
}

// "" when the content goes on as it is, "error: ..." when it is refused.
std::string translated_points(S serialisation, const std::string& content, const TranslationRules& rules = {}) {
  const auto read = read_resource_content(serialisation, content);
  EXPECT_TRUE(read) << read.error().detail;
  const auto result = translate_points_of_access(serialisation, content, *read, rules, kLocal);
  if (!result) return "error: " + result.error().detail;
  return result->value_or("");
}

std::string targets(S serialisation, const std::string& content, const TranslationRules& rules = {});

class InEach : public ::testing::TestWithParam<S> {};
INSTANTIATE_TEST_SUITE_P(Serialisations, InEach, ::testing::Values(S::Json, S::Xml, S::Cbor), [](const auto& row) {
  return std::string(row.param == S::Json ? "Json" : row.param == S::Xml ? "Xml" : "Cbor");
});

TEST_P(InEach, OneLocalAddressStandsForAllOfASecureList) {
  for (const Points& list : {Points{"https://h"}, Points{"coaps://h:1/x"}, Points{"HTTPS://h"},
                             Points{"http://h:80", "mqtt://m", "coaps://[2001:db8::1]", "https://h"}}) {
    const Tree registration = ae({{"api", text("Nx")}, {"poa", points(list)}, {"rr", boolean(true)}});
    const std::string content = translated_points(GetParam(), written(GetParam(), registration));
    EXPECT_EQ(told(GetParam(), content), std::string("2 api=Nx rr poa=[") + kLocal + ";]") << list.front();
  }
}

TEST_P(InEach, ARemoteCseIsTranslatedLikeAnAe) {
  const Tree tree = object({{"m2m:csr", object({{"csi", text("/mn")}, {"poa", points({"https://h"})}})}});
  EXPECT_EQ(told(GetParam(), translated_points(GetParam(), written(GetParam(), tree))),
            std::string("16 csi=/mn poa=[") + kLocal + ";]");
}

TEST_P(InEach, WhatIsNotServedGoesOnAsItIs) {
  for (const Points& list :
       {Points{"http://h:80"}, Points{"coap://h", "mqtt://m"}, Points{"ws"}, Points{"garbage:https://h"}, Points{}}) {
    const Tree registration = ae({{"poa", points(list)}});
    EXPECT_EQ(translated_points(GetParam(), written(GetParam(), registration)), "");
  }
  EXPECT_EQ(translated_points(GetParam(), written(GetParam(), ae({{"api", text("Nx")}}))), "");
  EXPECT_EQ(translated_points(GetParam(), written(GetParam(), ae({{"poa", null()}}))), "");
}

TEST_P(InEach, PlainPointsAreServedWhereAllowed) {
  for (const char* point : {"http://h:80", "coap://h"}) {
    const std::string content = written(GetParam(), ae({{"poa", points({point})}}));
    EXPECT_EQ(translated_points(GetParam(), content), "");
    EXPECT_EQ(told(GetParam(), translated_points(GetParam(), content, {true, 8})),
              std::string("2 poa=[") + kLocal + ";]");
  }
}

// The CSE would dial them by itself, wherever they lead.
TEST_P(InEach, PlainPointsAreRefusedWhereSaidSo) {
  const TranslationRules rules{.refuse_plain = true};
  const auto with = [&](const Points& list) {
    return translated_points(GetParam(), written(GetParam(), ae({{"poa", points(list)}})), rules);
  };
  for (const char* point : {"http://169.254.169.254", "HTTP://h:80", "coap://h"})
    EXPECT_EQ(with({"mqtt://m", point}), "error: poa: entry 2: addresses in the clear are not taken here");
  EXPECT_EQ(with({"mqtt://m", "ws"}), "");
  EXPECT_EQ(told(GetParam(), with({"http://h:80", "https://h"})), std::string("2 poa=[") + kLocal + ";]")
      << "the CSE never sees it";
  const Tree subscription = object({{"m2m:sub", object({{"nu", points({"Cae1", "http://h"})}})}});
  EXPECT_EQ(targets(GetParam(), written(GetParam(), subscription), rules),
            "error: nu: entry 2: addresses in the clear are not taken here");
}

TEST_P(InEach, AMalformedSecurePointIsRefused) {
  EXPECT_EQ(translated_points(GetParam(), written(GetParam(), ae({{"poa", points({"x:y", "https://u@h"})}}))),
            "error: poa: entry 2: a user name or password before the host");
  EXPECT_EQ(translated_points(GetParam(), written(GetParam(), ae({{"poa", points({"https://h", "coaps://h:0"})}}))),
            "error: poa: entry 2: the port is not a number from 1 to 65535");
}

TEST_P(InEach, TooManyPointsAreRefusedIfOneIsSecure) {
  Points list(9, "http://h:80");
  EXPECT_EQ(translated_points(GetParam(), written(GetParam(), ae({{"poa", points(list)}}))), "");
  list.back() = "https://h";
  EXPECT_EQ(translated_points(GetParam(), written(GetParam(), ae({{"poa", points(list)}}))),
            "error: poa: has more than 8 entries");
}

TEST_P(InEach, OnlyThePoaOfTheResourceItselfIsReplaced) {
  const Tree inner = object({{"poa", points({"https://deep"})}});
  const Tree tree = ae({{"poa", points({"https://h"})}, {"x", inner}});
  if (GetParam() == S::Xml) return;  // no attribute of XML has an object with names of its own that we could mistake
  const std::string content = translated_points(GetParam(), written(GetParam(), tree));
  EXPECT_THAT(content, HasSubstr("https://deep"));
  EXPECT_THAT(content, ::testing::Not(HasSubstr("https://h")));
}

// Spec: TS-0004 7.4.8. nu and su: "<entry>" becomes "http://local/<entry without scheme>".
identity::Result<std::optional<std::string>> local_of(std::string_view url, const PointOfAccess& parsed) {
  if (parsed.domain_name == "refused") return identity::fail(identity::ErrorCode::NotPermitted, "nobody's");
  if (parsed.domain_name == "kept") return std::nullopt;
  return "http://127.0.0.1:7001/" + std::string(url.substr(url.find("://") + 3));
}
std::string targets(S serialisation, const std::string& content, const TranslationRules& rules) {
  const auto result = translate_notification_targets(serialisation, content, rules, local_of);
  if (!result) return "error: " + result.error().detail;
  return result->value_or("");
}
Tree subscription(Tree nu, Tree su) {
  return object({{"m2m:sub", object({{"rn", text("s")}, {"nu", std::move(nu)}, {"su", std::move(su)}})}});
}

TEST_P(InEach, DirectUrlsAreReplacedOneByOne) {
  const Tree before = subscription(
      points({"/cse1/C1", "https://h/p?ct=json", "C2", "http://h2", "//sp/cse/C3", "mqtt://m"}), text("https://h3/su"));
  const Tree after = subscription(
      points({"/cse1/C1", "http://127.0.0.1:7001/h/p?ct=json", "C2", "http://h2", "//sp/cse/C3", "mqtt://m"}),
      text("http://127.0.0.1:7001/h3/su"));
  std::string expected = written(GetParam(), after);
  std::string got = targets(GetParam(), written(GetParam(), before));
  const auto without_blanks = [](std::string& text) { std::erase(text, ' '); };
  if (GetParam() != S::Cbor) {
    without_blanks(expected);
    without_blanks(got);
  }
  EXPECT_EQ(got, expected);
}

TEST_P(InEach, SubscriptionsWithoutDirectUrlsGoOnAsTheyAre) {
  EXPECT_EQ(targets(GetParam(), written(GetParam(), subscription(points({"/cse1/C1", "http://h"}), text("C9")))), "");
  EXPECT_EQ(targets(GetParam(), written(GetParam(), ae({{"nu", points({"https://h"})}}))), "");
  EXPECT_EQ(targets(GetParam(), written(GetParam(), object({{"m2m:sub", object({{"rn", text("s")}})}}))), "");
}

TEST_P(InEach, TargetsThatAreKeptStay) {
  const Tree kept = subscription(points({"https://kept/x"}), text("https://kept"));
  EXPECT_EQ(targets(GetParam(), written(GetParam(), kept)), "") << "byte for byte";
  const Tree both = subscription(points({"https://kept/x", "https://h"}), text("C1"));
  const Tree after = subscription(points({"https://kept/x", "http://127.0.0.1:7001/h"}), text("C1"));
  std::string expected = written(GetParam(), after);
  std::string got = targets(GetParam(), written(GetParam(), both));
  if (GetParam() != S::Cbor) {
    std::erase(expected, ' ');
    std::erase(got, ' ');
  }
  EXPECT_EQ(got, expected);
}

TEST_P(InEach, BadTargetsAreRefused) {
  EXPECT_EQ(targets(GetParam(), written(GetParam(), subscription(points({"https://h", "https://h#x"}), text("")))),
            "error: nu: entry 2: a fragment ('#')");
  EXPECT_EQ(targets(GetParam(), written(GetParam(), subscription(points({"https://refused"}), text("")))),
            "error: nu: entry 1: nobody's");
  EXPECT_EQ(targets(GetParam(), written(GetParam(), subscription(points(Points(65, "C1")), text("")))),
            "error: nu: has more than 64 entries");
  EXPECT_THAT(targets(GetParam(), written(GetParam(), object({{"m2m:sub", object({{"NU", points({"https://h"})}})}}))),
              HasSubstr("error: nu: the name is written in another letter case"));
  EXPECT_THAT(targets(GetParam(), written(GetParam(), object({{"m2m:SUB", object({{"nu", points({"https://h"})}})}}))),
              HasSubstr("error: sub: the name is written in another letter case"));
  EXPECT_THAT(targets(GetParam(), "{"), HasSubstr("error: "));
}

// Spec: TS-0001 9.6.3
TEST_P(InEach, ThePointsOfACertainCseBaseAreReplaced) {
  const auto base = [](const std::string& cse, const Points& its) {
    return object({{"m2m:cb", object({{"csi", text(cse)}, {"poa", points(its)}})}});
  };
  const auto replaced = [](const Tree& tree) {
    const auto result = replace_base_points_of_access(GetParam(), written(GetParam(), tree),
                                                      *identity::CseId::parse("/in"), {"http://127.0.0.1:7002"});
    EXPECT_TRUE(result) << result.error().detail;
    return result ? result->value_or("") : "";
  };
  const std::string after = replaced(base("/in", {"https://a", "https://b"}));
  EXPECT_NE(after, "");
  EXPECT_EQ(after, replaced(base("/in", {"mqtt://c"})));
  EXPECT_NE(replaced(base("in", {"https://a"})), "") << "some leave the slash out";
  EXPECT_EQ(replaced(base("/other", {"https://a"})), "");
  EXPECT_EQ(replaced(object({{"m2m:cb", object({{"poa", points({"https://a"})}})}})), "");
  EXPECT_EQ(replaced(object({{"m2m:csr", object({{"csi", text("/in")}, {"poa", points({"https://a"})}})}})), "");
  EXPECT_EQ(replaced(object({{"m2m:cin", base("/in", {"https://a"})}})), "");
}

TEST(Json, KeepsNumbersAndTextsAsTheyAre) {
  const std::string content =
      R"({"m2m:ae":{"a":1.0,"b":1e400,"c":123456789012345678901234567890,"d":-0,"e":"ü\u0000/\\","poa":["https:\/\/h"]}})";
  EXPECT_EQ(translated_points(S::Json, content),
            std::string(
                R"({"m2m:ae":{"a":1.0,"b":1e400,"c":123456789012345678901234567890,"d":-0,"e":"ü\u0000/\\","poa":[")") +
                kLocal + "\"]}}");
}

TEST(Json, TextWhereAListIsWantedStaysAText) {
  EXPECT_EQ(targets(S::Json, R"({"m2m:sub":{"nu":"https://h"}})"), R"({"m2m:sub":{"nu":"http://127.0.0.1:7001/h"}})");
  EXPECT_EQ(targets(S::Json, R"({"m2m:sub":{"nu":null,"su":null}})"), "");
  EXPECT_EQ(targets(S::Json, R"({"m2m:sub":{"nu":[1]}})"), "error: nu: is not a list of texts");
}

TEST(Xml, KeepsDeclarationCommentsAndNamespaces) {
  const std::string head =
      R"(<?xml version="1.0" encoding="UTF-8"?><m2m:ae xmlns:m2m="http://www.onem2m.org/xml/protocols" rn="a&amp;b"><!-- x --><lbl> a  b </lbl>)";
  EXPECT_EQ(
      translated_points(S::Xml, head + "<poa>\n https://h <![CDATA[http://x]]></poa><con>&lt;&#228;</con></m2m:ae>"),
      head + "<poa>" + kLocal + "</poa><con>&lt;ä</con></m2m:ae>");
}

TEST(Cbor, KeepsWidthsAndIndefiniteLengths) {
  const std::string before =
      std::string("\xBF\x66m2m:ae\xBF\x61x\x19\x00\x01\x61y\xF9\x3C\x00\x63poa\x9F\x69https://h\xFF\xFF\xFF", 37);
  const std::string after = std::string("\xBF\x66m2m:ae\xBF\x61x\x19\x00\x01\x61y\xF9\x3C\x00\x63poa\x9F", 24) +
                            cbor_text(kLocal) + "\xFF\xFF\xFF";
  EXPECT_EQ(translated_points(S::Cbor, before), after);
}

}  // namespace
}  // namespace saproxy::policy
