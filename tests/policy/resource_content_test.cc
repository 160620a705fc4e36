// The same content in JSON, XML and CBOR reads the same.
// Spec: TS-0004 7.4.4, 7.4.5, 8.2, 8.3, 8.4, 8.5; TS-0001 9.6.4, 9.6.5
#include "policy/resource_content.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "tests/policy/content_reading.h"
#include "tests/policy/content_tree.h"

namespace saproxy::policy {
namespace {

using ::testing::HasSubstr;

Tree nested(int levels) {
  Tree tree = text("x");
  for (int i = 0; i < levels; ++i) tree = object({{"a", std::move(tree)}});
  return tree;
}

Tree points(int count) {
  std::vector<Tree> items;
  for (int i = 0; i < count; ++i) items.push_back(text("http://h/" + std::to_string(i)));
  return list(std::move(items));
}

std::string all_points(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += "http://h/" + std::to_string(i) + ";";
  return out;
}

struct Row {
  const char* name;
  Tree document;
  std::string expected;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
std::string name_of(const ::testing::TestParamInfo<Row>& info) { return info.param.name; }

class SameContent : public ::testing::TestWithParam<Row> {};

TEST_P(SameContent, InJson) { EXPECT_EQ(told(Serialisation::Json, to_json(GetParam().document)), GetParam().expected); }

TEST_P(SameContent, InXml) { EXPECT_EQ(told(Serialisation::Xml, to_xml(GetParam().document)), GetParam().expected); }

TEST_P(SameContent, InCborOfDefiniteLengths) {
  EXPECT_EQ(told(Serialisation::Cbor, to_cbor(GetParam().document)), GetParam().expected);
}

TEST_P(SameContent, InCborOfIndefiniteLengths) {
  EXPECT_EQ(told(Serialisation::Cbor, to_cbor(GetParam().document, Lengths::Indefinite)), GetParam().expected);
}

const Tree kWholeAe = object({{"rn", text("ae1")},
                              {"ty", number(2)},
                              {"ri", text("Cae1")},
                              {"api", text("Nproject.example.com")},
                              {"aei", text("Cae1")},
                              {"et", text("20301231T235959,000000")},
                              {"rr", boolean(true)},
                              {"poa", list({text("http://127.0.0.1:9001/a"), text("mqtt://h")})},
                              {"lbl", list({text("a"), text("b")})}});
const std::string kWholeAeTold =
    "2 api=Nproject.example.com aei=Cae1 ri=Cae1 rn=ae1 et=20301231T235959,000000 rr "
    "poa=[http://127.0.0.1:9001/a;mqtt://h;]";

INSTANTIATE_TEST_SUITE_P(
    Accepted, SameContent,
    ::testing::Values(
        Row{"WholeAe", object({{"m2m:ae", kWholeAe}}), kWholeAeTold},
        Row{"RemoteCse",
            object({{"m2m:csr",
                     object({{"csi", text("/cse2")}, {"rr", boolean(false)}, {"poa", list({text("http://h")})}})}}),
            "16 csi=/cse2 !rr poa=[http://h;]"},
        Row{"Descendants",
            object({{"m2m:csr", object({{"poa", list({text("http://h")})},
                                        {"dcse", list({text("/mn3"), text("//sp.example.com/mn4")})}})}}),
            "16 poa=[http://h;] dcse=[/mn3;//sp.example.com/mn4;]"},
        Row{"DescendantsDeleted", object({{"m2m:csr", object({{"dcse", null()}})}}), "16 dcse=[]"},
        Row{"Wrapper", object({{"m2m:rce", object({{"uri", text("cse-in/ae1")}, {"m2m:ae", kWholeAe}})}}),
            kWholeAeTold},
        Row{"WrapperOfSomethingElse", object({{"m2m:rce", object({{"m2m:cin", object({{"aei", text("C1")}})}})}}), "0"},
        Row{"WrapperInWrapper", object({{"m2m:rce", object({{"m2m:rce", object({{"m2m:ae", kWholeAe}})}})}}), "0"},
        Row{"SomethingElse", object({{"m2m:cin", object({{"aei", text("C1")}, {"con", text("x")}})}}), "0"},
        Row{"AeBelowTheTop", object({{"m2m:cb", object({{"m2m:ae", kWholeAe}})}}), "0"},
        Row{"NothingInIt", ae({}), "2"},  //
        Row{"NoPointsOfAccess", ae({{"poa", list({})}}), "2 poa=[]"},
        // So an UPDATE deletes the attribute; in XML the element is empty.
        Row{"PointsOfAccessDeleted", ae({{"poa", null()}}), "2 poa=[]"},
        Row{"MostPointsOfAccess", ae({{"poa", points(64)}}), "2 poa=[" + all_points(64) + "]"},
        Row{"AttributesOfSomethingInside",
            ae({{"api", text("N1")}, {"x", object({{"api", text("N2")}, {"poa", number(1)}, {"aei", text("C2")}})}}),
            "2 api=N1"},
        Row{"EmptyText", ae({{"api", text("")}}), "2 api="},
        Row{"BlanksInText", ae({{"api", text(" a  b ")}}), "2 api= a  b "},
        Row{"BlankText", ae({{"api", text(" ")}}), "2 api= "},
        Row{"MarkupInText", ae({{"api", text("<N&\"'>")}, {"rn", text("a<b>&\"'")}}), "2 api=<N&\"'> rn=a<b>&\"'"},
        Row{"TextBeyondAscii", ae({{"rn", text("ä€😀")}, {"api", text("N\xC2\xA0")}}), "2 api=N\xC2\xA0 rn=ä€😀"},
        Row{"LineBreakInAnotherText", ae({{"con", text("a\nb\tc")}, {"api", text("N1")}}), "2 api=N1"},
        Row{"LongText", ae({{"api", text(std::string(70'000, 'N'))}}), "2 api=" + std::string(70'000, 'N')}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Refused, SameContent,
    ::testing::Values(
        Row{"LineBreak", ae({{"api", text("N\n1")}}), "error: api: has a control character"},
        Row{"Tabulator", ae({{"aei", text("\tC1")}}), "error: aei: has a control character"},
        Row{"Delete", ae({{"csi", text("/a\x7F")}}), "error: csi: has a control character"},
        Row{"NextLine", ae({{"ri", text("C\xC2\x85")}}), "error: ri: has a control character"},
        Row{"DeleteInPoint", ae({{"poa", list({text("http://h"), text("\x7F")})}}),
            "error: poa: has an entry with a control character"},
        Row{"TooManyPointsOfAccess", ae({{"poa", points(65)}}), "error: poa: has more than 64 entries"},
        Row{"TooManyDescendants", ae({{"dcse", points(1001)}}), "error: dcse: has more than 1000 entries"},
        Row{"ObjectForDescendants", ae({{"dcse", object({{"a", text("b")}})}}), "error: dcse: is not a list of texts"},
        Row{"ObjectForText", ae({{"et", object({{"a", text("b")}})}}), "error: et: is not a text"},
        Row{"ObjectForTruth", ae({{"rr", object({{"a", text("b")}})}}), "error: rr: is not true or false"},
        Row{"ObjectForList", ae({{"poa", object({{"a", text("b")}})}}), "error: poa: is not a list of texts"},
        Row{"WordForTruth", ae({{"rr", text("yes")}}), "error: rr: is not true or false"},
        Row{"NothingForTruth", ae({{"rr", null()}}), "error: rr: is not true or false"},
        Row{"AttributeTwice", ae({{"api", text("N1")}, {"api", text("N1")}}), "error: api: is there twice"},
        Row{"ListTwice", ae({{"poa", list({})}, {"poa", list({})}}), "error: poa: is there twice"},
        Row{"TruthTwice", ae({{"rr", boolean(true)}, {"rr", boolean(true)}}), "error: rr: is there twice"},
        Row{"AttributeInAnotherCase", ae({{"api", text("N1")}, {"Api", text("N2")}}),
            "error: api: the name is written in another letter case"},
        Row{"ResourceInAnotherCase", object({{"m2m:AE", kWholeAe}}),
            "error: m2m:ae: the name is written in another letter case"},
        Row{"TwoInTheWrapper", object({{"m2m:rce", object({{"m2m:ae", object({})}, {"m2m:csr", object({})}})}}),
            "error: m2m:csr: there is another resource beside it"},
        Row{"SameTwiceInTheWrapper", object({{"m2m:rce", object({{"m2m:ae", object({})}, {"m2m:ae", object({})}})}}),
            "error: m2m:ae: there is another resource beside it"}),
    name_of);

constexpr Serialisation kAll[] = {Serialisation::Json, Serialisation::Xml, Serialisation::Cbor};

std::string written(Serialisation serialisation, const Tree& tree) {
  switch (serialisation) {
    case Serialisation::Json: return to_json(tree);
    case Serialisation::Xml: return to_xml(tree);
    case Serialisation::Cbor: return to_cbor(tree);
  }
  return {};
}

TEST(ResourceContent, IsNeverEmpty) {
  for (const Serialisation one : kAll) EXPECT_EQ(told(one, ""), "error: the content is empty");
}

TEST(ResourceContent, HasNoByteOrderMark) {
  for (const Serialisation one : kAll) {
    EXPECT_EQ(told(one, "\xEF\xBB\xBF" + written(one, ae({}))), "error: it begins with a byte order mark");
  }
}

TEST(ResourceContent, HasOneMemberAtTheTop) {
  const Tree two = object({{"m2m:cin", object({})}, {"m2m:ae", object({})}});
  EXPECT_EQ(told(Serialisation::Json, to_json(two)), "error: the content has more than one member");
  EXPECT_EQ(told(Serialisation::Cbor, to_cbor(two)), "error: the content has more than one member");
  EXPECT_EQ(told(Serialisation::Json, "{}"), "error: the content has no member");
  EXPECT_EQ(told(Serialisation::Cbor, "\xA0"), "error: the content has no member");
  EXPECT_EQ(told(Serialisation::Json, "[]"), "error: the content is not an object");
  EXPECT_EQ(told(Serialisation::Cbor, "\x80"), "error: the content is not an object");
  for (const char* scalar : {"1", "\"m2m:ae\"", "true", "null"}) {
    EXPECT_EQ(told(Serialisation::Json, scalar), "error: the content is not an object");
  }
}

TEST(ResourceContent, HasAnObjectForTheResource) {
  for (const Tree& value : {text("x"), list({}), null(), number(1), boolean(true)}) {
    const Tree tree = object({{"m2m:ae", value}});
    EXPECT_EQ(told(Serialisation::Json, to_json(tree)), "error: m2m:ae: is not an object");
    EXPECT_EQ(told(Serialisation::Cbor, to_cbor(tree)), "error: m2m:ae: is not an object");
  }
}

// XML has texts only; in the others the types are told apart.
TEST(ResourceContent, HasTheTypesOfItsAttributes) {
  const std::pair<const char*, std::vector<Tree>> wrong[] = {
      {"api", {number(1), boolean(true), null(), list({text("N1")})}},
      {"rr", {number(1), text("true"), list({boolean(true)})}},
      {"poa",
       {number(1), text("http://h"), boolean(true), list({number(1)}), list({null()}), list({list({})}),
        list({object({})})}}};
  for (const auto& [name, values] : wrong) {
    for (const Tree& value : values) {
      const Tree tree = ae({{name, value}});
      const std::string expected = "error: " + std::string(name) + ": ";
      EXPECT_THAT(told(Serialisation::Json, to_json(tree)), HasSubstr(expected));
      EXPECT_EQ(told(Serialisation::Cbor, to_cbor(tree)), told(Serialisation::Json, to_json(tree)));
    }
  }
}

// JSON and CBOR: the top and the resource are two levels; XML: the resource is one.
TEST(ResourceContent, IsAtMostSoDeep) {
  const std::string refused = "error: it is nested deeper than 32 levels";
  for (const auto& [levels, serialisation] :
       {std::pair(30, Serialisation::Json), {30, Serialisation::Cbor}, {30, Serialisation::Xml}}) {
    EXPECT_EQ(told(serialisation, written(serialisation, ae({{"x", nested(levels)}}))), "2");
    EXPECT_EQ(told(serialisation, written(serialisation, ae({{"x", nested(levels + 1)}}))), refused);
  }
}

// Reading follows neither depth nor breadth with more than its share of stack and time.
TEST(ResourceContent, MayBeHuge) {
  constexpr int kMany = 1'000'000;
  std::string tags;
  for (int i = 0; i < kMany / 10; ++i) tags += "<a>";
  EXPECT_THAT(told(Serialisation::Json, "{\"m2m:ae\":" + std::string(kMany, '[')), HasSubstr("error: JSON: "));
  EXPECT_THAT(told(Serialisation::Json, std::string(kMany, '[') + std::string(kMany, ']')), HasSubstr("error: "));
  EXPECT_THAT(told(Serialisation::Xml, tags), HasSubstr("nested deeper"));
  EXPECT_THAT(told(Serialisation::Cbor, "\xA1\x61x" + std::string(kMany, '\x81')), HasSubstr("nested deeper"));
}

TEST(ResourceContent, MayHaveManyMembersOfDifferentNames) {
  constexpr int kMany = 100'000;
  std::vector<std::pair<std::string, Tree>> members;
  for (int i = 0; i < kMany; ++i) members.emplace_back("name" + std::to_string(i), null());
  EXPECT_EQ(told(Serialisation::Json, to_json(ae(members))), "2");
  EXPECT_EQ(told(Serialisation::Cbor, to_cbor(ae(members))), "2");
  EXPECT_EQ(told(Serialisation::Xml, to_xml(ae(members))), "2");
  members.emplace_back("name0", null());
  const std::string refused = "error: an object has two members of the same name";
  EXPECT_EQ(told(Serialisation::Json, to_json(ae(members))), refused);
  EXPECT_EQ(told(Serialisation::Cbor, to_cbor(ae(members))), refused);
}

struct OddRow {
  const char* name;
  Tree document;
  std::string of_the_cse;
};

void PrintTo(const OddRow& row, std::ostream* out) { *out << row.name; }

class OddContent : public ::testing::TestWithParam<OddRow> {};

TEST_P(OddContent, IsRefusedOfARegistree) {
  EXPECT_THAT(told(Serialisation::Json, to_json(GetParam().document)), HasSubstr("error: "));
  EXPECT_THAT(told(Serialisation::Cbor, to_cbor(GetParam().document)), HasSubstr("error: "));
}

TEST_P(OddContent, IsReadOfTheCseIfItContradictsNothing) {
  const auto& [name, document, expected] = GetParam();
  EXPECT_EQ(told(Serialisation::Json, to_json(document), WrittenBy::Cse), expected);
  EXPECT_EQ(told(Serialisation::Cbor, to_cbor(document), WrittenBy::Cse), expected);
}

INSTANTIATE_TEST_SUITE_P(
    ResourceContent, OddContent,
    ::testing::Values(
        // As tinyIoT answers CREATE <remoteCSE>.
        OddRow{"RemoteCseOfTinyIot",
               object({{"m2m:csr", object({{"csi", text("/mn")}, {"rn", text("mn")}, {"csi", text("/mn")}})}}),
               "16 csi=/mn rn=mn"},
        OddRow{"DescendantsOfAnotherKind", ae({{"dcse", number(1)}, {"rn", text("a")}}), "2 rn=a"},
        OddRow{"Truth", ae({{"rr", boolean(false)}, {"rr", boolean(false)}}), "2 !rr"},
        OddRow{"Ignored", ae({{"x", text("1")}, {"rn", text("a")}, {"x", number(2)}}), "2 rn=a"},
        OddRow{"Inside", ae({{"x", object({{"y", null()}, {"y", null()}})}}), "2"},
        OddRow{"OtherText", ae({{"aei", text("C1")}, {"aei", text("C2")}}), "error: aei: is there twice"},
        OddRow{"OtherTruth", ae({{"rr", boolean(false)}, {"rr", boolean(true)}}), "error: rr: is there twice"},
        OddRow{"List", ae({{"poa", list({})}, {"poa", list({})}}), "error: poa: is there twice"},
        OddRow{"Resource", object({{"m2m:ae", object({})}, {"m2m:ae", object({})}}),
               "error: m2m:ae: there is another resource beside it"},
        OddRow{"UriBesideTheResourceAsOfMobius4",
               object({{"uri", text("Mobius/ae1")}, {"m2m:ae", object({{"aei", text("C1")}})}}), "2 aei=C1"},
        OddRow{"AnotherResource", object({{"m2m:ae", object({})}, {"m2m:csr", object({})}}),
               "error: m2m:csr: there is another resource beside it"}),
    [](const auto& test) { return std::string(test.param.name); });

// Random members in random order, some of them ours, some of a wrong type or there twice.
class RandomTree {
 public:
  explicit RandomTree(unsigned seed) : random_(seed) {}

  Tree document() {
    static constexpr const char* kTops[] = {"m2m:ae", "m2m:csr", "m2m:rce", "m2m:cin"};
    const auto* top = kTops[pick(4)];
    if (top != kTops[2]) return object({{top, members(2)}});
    return object({{top, object({{"uri", text("a/b")}, {kTops[pick(4)], members(3)}})}});
  }

 private:
  std::size_t pick(std::size_t count) { return std::uniform_int_distribution<std::size_t>(0, count - 1)(random_); }

  Tree members(int depth) {
    static constexpr const char* kNames[] = {"api", "aei", "csi", "ri", "rn", "et", "rr", "poa", "lbl", "x", "ty", "y"};
    Tree tree = object({});
    for (std::size_t left = pick(6); left > 0; --left) {
      const std::string name = kNames[pick(std::size(kNames))];
      tree.members.emplace_back(name, pick(8) == 0 ? any(depth) : fitting(name, depth));
    }
    return tree;
  }

  Tree fitting(const std::string& name, int depth) {
    if (name == "rr") return boolean(pick(2) == 0);
    if (name == "poa") return list({text("http://h/" + std::to_string(pick(9))), text("")});
    if (name == "x" || name == "y") return any(depth);
    return text(name + std::to_string(pick(99)) + (pick(20) == 0 ? "\n" : "ü"));
  }

  Tree any(int depth) {
    if (depth == 0) return number(1);
    switch (pick(6)) {
      case 0: return members(depth - 1);
      case 1: return list({any(depth - 1), any(depth - 1)});
      case 2: return number(70'000);
      case 3: return boolean(true);
      case 4: return null();
      default: return text("t");
    }
  }

  std::mt19937 random_;
};

TEST(ResourceContent, IsTheSameInJsonAndCbor) {
  int accepted = 0;
  for (unsigned seed = 0; seed < 3000; ++seed) {
    const Tree tree = RandomTree(seed).document();
    const std::string json = told(Serialisation::Json, to_json(tree));
    ASSERT_EQ(told(Serialisation::Cbor, to_cbor(tree)), json) << to_json(tree);
    ASSERT_EQ(told(Serialisation::Cbor, to_cbor(tree, Lengths::Indefinite)), json) << to_json(tree);
    accepted += json.starts_with("error") ? 0 : 1;
  }
  EXPECT_GT(accepted, 1000);
  EXPECT_LT(accepted, 2900);
}

}  // namespace
}  // namespace saproxy::policy
