// What each serialisation has of its own: bytes as CSEs and other writers give them, and forms that two readers could
// understand differently. Spec: TS-0004 8.3 to 8.5; RFC 8259; RFC 8949; XML 1.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/content_reading.h"
#include "tests/policy/content_tree.h"

namespace saproxy::policy {
namespace {

using ::testing::HasSubstr;
using namespace std::string_literals;

struct Row {
  const char* name;
  Serialisation serialisation;
  std::string content;
  std::string expected;  // the whole answer, or a part of the error
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }
std::string name_of(const ::testing::TestParamInfo<Row>& info) { return info.param.name; }

class Bytes : public ::testing::TestWithParam<Row> {};
TEST_P(Bytes, AreRead) { EXPECT_EQ(told(GetParam().serialisation, GetParam().content), GetParam().expected); }

class HostileBytes : public ::testing::TestWithParam<Row> {};
TEST_P(HostileBytes, AreRefused) {
  const std::string answer = told(GetParam().serialisation, GetParam().content);
  EXPECT_TRUE(answer.starts_with("error: ")) << answer;
  EXPECT_THAT(answer, HasSubstr(GetParam().expected));
}

Row json(const char* name, std::string content, std::string expected) {
  return {name, Serialisation::Json, std::move(content), std::move(expected)};
}
Row json_ae(const char* name, const std::string& members, std::string expected) {
  return json(name, "{\"m2m:ae\":{" + members + "}}", std::move(expected));
}
Row cbor(const char* name, std::string content, std::string expected) {
  return {name, Serialisation::Cbor, std::move(content), std::move(expected)};
}
// `members` has one pair.
Row cbor_ae(const char* name, const std::string& member, std::string expected) {
  return cbor(name, "\xA1\x66m2m:ae\xA1" + member, std::move(expected));
}
Row xml(const char* name, std::string content, std::string expected) {
  return {name, Serialisation::Xml, std::move(content), std::move(expected)};
}
constexpr char kStart[] = R"(<m2m:ae xmlns:m2m="http://www.onem2m.org/xml/protocols">)";
Row xml_ae(const char* name, const std::string& inside, std::string expected) {
  return xml(name, kStart + inside + "</m2m:ae>", std::move(expected));
}

// The first is what tinyIoT answers; the HTTP binding has cut the two bytes after it.
INSTANTIATE_TEST_SUITE_P(
    Json, Bytes,
    ::testing::Values(
        json("TinyIot",
             R"({"m2m:ae":{"rn":"ae1","api":"N1","rr":true,"poa":["http://127.0.0.1:9001/sa2/CAE1/0"],"ty":2.0,)"
             R"("ri":"CAE1","pi":"TinyIoT","ct":"20261124T220539,374000","et":"20281124T220539,374000","aei":"CAE1"}})",
             "2 api=N1 aei=CAE1 ri=CAE1 rn=ae1 et=20281124T220539,374000 rr poa=[http://127.0.0.1:9001/sa2/CAE1/0;]"),
        json_ae("NumbersOfAnySize",
                "\"x\":1e999,\"y\":-" + std::string(5000, '9') + ",\"z\":0." + std::string(5000, '1'), "2"),
        json_ae("EscapesInNameAndText", R"("\u0061p\u0069":"N\u00fc\ud83d\ude00\/")", "2 api=Nü😀/"),
        json("BlanksAround", " \r\n\t{\"m2m:ae\" : { } }\r\n", "2")),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Json, HostileBytes,
    ::testing::Values(  //
        json_ae("SameNameEscaped", R"("x":1,"\u0078":2)", "two members of the same name"),
        json_ae("SameNameDeepInside", R"("x":[{"y":[{"a":1,"b":2,"a":3}]}])", "two members of the same name"),
        // A C program sees "api".
        json_ae("NulInName", R"("api\u0000x":"N1")", "a name has a control character"),
        json_ae("NulInText", R"("api":"N1\u0000x")", "api: has a control character"),
        json_ae("NulInPoint", R"("poa":["http://h\u0000"])", "poa: has an entry with a control character"),
        json_ae("RawNul", "\"api\":\"N\0\""s, "JSON: "),      //
        json_ae("RawLineBreak", "\"x\":\"a\nb\"", "JSON: "),  //
        json_ae("LoneHighSurrogate", R"("x":"\ud83d")", "JSON: "),
        json_ae("LoneLowSurrogate", R"("x":"\ude00")", "JSON: "),
        json_ae("SwappedSurrogates", R"("x":"\ude00\ud83d")", "JSON: "),
        json_ae("OverlongSlash", "\"x\":\"\xC0\xAF\"", "JSON: "),
        json_ae("SurrogateInUtf8", "\"x\":\"\xED\xA0\x80\"", "JSON: "),
        json_ae("BeyondUnicode", "\"x\":\"\xF4\x90\x80\x80\"", "JSON: "),
        json_ae("CutUtf8", "\"x\":\"\xE2\x82\"", "JSON: "),  //
        json_ae("Comment", "/* */", "JSON: "),               //
        json_ae("TrailingComma", "\"x\":1,", "JSON: "),      //
        json_ae("Infinity", "\"x\":Infinity", "JSON: "),     //
        json_ae("LeadingZero", "\"x\":01", "JSON: "),        //
        json_ae("Hexadecimal", "\"x\":0x1", "JSON: "),       //
        json_ae("SingleQuotes", "'x':1", "JSON: "),          //
        json_ae("NoQuotes", "x:1", "JSON: "),                //
        json("SecondDocument", R"({"m2m:ae":{}}{"m2m:ae":{}})", "JSON: "),
        json("NulAfterwards", "{\"m2m:ae\":{}}\0"s, "JSON: "),  //
        json("Utf16", "\xFF\xFE{\0}\0"s, "JSON: "),             //
        json("BlanksOnly", " \r\n", "JSON: ")),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Cbor, Bytes,
    ::testing::Values(  //
                        // cbor2.dumps of an <AE>, with ty as a double, an array of texts and 2^63 among what is not
                        // read
        cbor("ByCbor2",
             "\xA1\x66m2m:ae\xA8\x62rn\x63"
             "ae1\x63"
             "api\x62N1\x62rr\xF5\x63poa\x82\x77http://127.0.0.1:9001/a\x68mqtt://h\x62ty"
             "\xFB\x40\0\0\0\0\0\0\0\x63lbl\x82\x61"
             "a\x62\xC3\xBC\x62st\0\x61x\x1B\x80\0\0\0\0\0\0\0"s,
             "2 api=N1 rn=ae1 rr poa=[http://127.0.0.1:9001/a;mqtt://h;]"),
        cbor_ae("OtherItems", "\x61x\x8A\x20\x38\xFF\xF9\x7C\x01\xFA\x7F\x80\0\0\xF7\xF6\x42\0\xFF\x40\x80\xA0"s, "2"),
        cbor_ae("LongerHeadThanNeeded", "\x7B\0\0\0\0\0\0\0\x03"s + "api\x79\0\x02N1"s, "2 api=N1")),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Cbor, HostileBytes,
    ::testing::Values(  //
        cbor_ae("ChunkedText",
                "\x63"
                "api\x7F\x61N\x61"
                "1\xFF",
                "chunks"),
        cbor_ae("ChunkedKey",
                "\x7F\x63"
                "api\xFF\x62N1",
                "a key of a map is not a UTF-8 text"),
        cbor_ae("ChunkedBytes", "\x61x\x5F\x41N\xFF", "chunks"),
        cbor_ae("TaggedText",
                "\x63"
                "api\xC0\x62N1",
                "a tag"),
        cbor("TaggedDocument", "\xD9\xD9\xF7\xA1\x66m2m:ae\xA0", "a tag"),
        cbor_ae("BytesForText",
                "\x63"
                "api\x42N1",
                "api: is not a text"),
        cbor_ae("UndefinedForTruth", "\x62rr\xF7", "rr: is not true or false"),
        cbor_ae("BadUtf8InAttribute",
                "\x63"
                "api\x62\xC0\xAF",
                "not UTF-8"),
        cbor_ae("BadUtf8Elsewhere", "\x61x\x61\xFF", "not UTF-8"),
        cbor_ae("BadUtf8InKey", "\x61\xFF\x01", "not a UTF-8 text"),
        cbor_ae("NumberForKey", "\x01\x01", "not a UTF-8 text"),
        cbor_ae("BytesForKey",
                "\x43"
                "api\x62N1",
                "not a UTF-8 text"),
        cbor_ae("MapForKey", "\xA0\x01", "not a UTF-8 text"),
        cbor_ae("NulInKey",
                "\x64"
                "api\0\x62N1"s,
                "a name has a control character"),
        cbor_ae("NulInText",
                "\x63"
                "api\x62N\0"s,
                "api: has a control character"),
        cbor_ae("SameKeyDeepInside", "\x61x\x81\xA2\x61y\x01\x61y\x02", "two members of the same name"),
        cbor_ae("LongText",
                "\x63"
                "api\x7B\x7F\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                "N1",
                "ends within an item"),
        cbor_ae("LongestText",
                "\x63"
                "api\x7B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF"
                "N1",
                "ends within an item"),
        cbor_ae("LongBytes",
                "\x61x\x5A\xFF\xFF\xFF\xFF"
                "N1",
                "ends within an item"),
        cbor_ae("LongArray", "\x61x\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF", "more items than"),
        cbor_ae("LongMap", "\x61x\xBB\x80\0\0\0\0\0\0\0\0\0"s, "more items than"),
        cbor_ae("OneItemTooFew", "\x61x\x82\x01", "more items than"),
        cbor_ae("CutNumber", "\x61x\x1A\0\0"s, "ends within an item"),
        cbor("CutAfterKey", "\xBF\x66m2m:ae", "ends within an item"),
        cbor("NoBreak", "\xBF\x66m2m:ae\xA0", "ends within an item"),
        cbor("BreakAfterKey", "\xBF\x66m2m:ae\xFF", "a break out of place"),
        cbor("BreakAlone", "\xFF", "a break out of place"),
        cbor("BreakInDefiniteMap", "\xA1\xFF\x66m2m:ae\xA0", "a break out of place"),
        cbor_ae("BreakInDefiniteArray", "\x61x\x81\xFF", "a break out of place"),
        cbor_ae("ReservedInformation", "\x61x\x1C", "malformed"),
        cbor_ae("ReservedSimpleValue", "\x61x\xF8\x18", "malformed"),
        cbor("SecondDocument", "\xA1\x66m2m:ae\xA0\xA1\x66m2m:ae\xA0", "something follows the end"),
        cbor("NulAfterwards", "\xA1\x66m2m:ae\xA0\0"s, "something follows the end")),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    Xml, Bytes,
    ::testing::Values(
        xml("Declaration", R"(<?xml version="1.0" encoding='utf-8' standalone="yes"?><!-- a --><ae/><!-- b --> )", "2"),
        xml("DeclarationWithoutEncoding", "<?xml version='1.0'?>\r\n<ae/>\r\n", "2"),
        xml("NoNamespace", "<ae rn='ae1'><api>N1</api></ae>", "2 api=N1 rn=ae1"),
        xml("DefaultNamespace", R"(<csr xmlns="http://www.onem2m.org/xml/protocols"><csi>/c</csi></csr>)", "16 csi=/c"),
        xml("OtherPrefix",
            R"(<x:ae xmlns:x="http://www.onem2m.org/xml/protocols" xmlns:api="urn:a"><x:api>N1</x:api></x:ae>)",
            "2 api=N1"),
        xml_ae("ForeignElements", "<y xmlns='urn:x'>1</y><z:y>2</z:y>", "2"),
        xml_ae("ListWithBlanks", "<poa> http://a\n\t http://b </poa>", "2 poa=[http://a;http://b;]"),
        xml_ae("EmptyList", "<poa/>", "2 poa=[]"),  //
        xml_ae("TruthInDigits", "<rr> 1 </rr>", "2 rr"),
        xml_ae("CharacterData", "<api>N<![CDATA[<1> & ]]>2</api>", "2 api=N<1> & 2"),
        xml_ae("References", "<api>&lt;&#65;&#x42;&amp;amp;&gt;</api>", "2 api=<AB&amp;>"),
        xml_ae("CommentsBetween", "<!-- a --><api>N1</api><!-- <api>N2</api> -->", "2 api=N1")),
    name_of);

const std::string kBomb =
    "<!DOCTYPE ae [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">]><ae><api>&b;</api></ae>";

INSTANTIATE_TEST_SUITE_P(
    Xml, HostileBytes,
    ::testing::Values(
        xml("EntityBomb", kBomb, "document type"),
        xml("ExternalEntity", "<!DOCTYPE ae SYSTEM \"file:///etc/passwd\"><ae/>", "document type"),
        xml_ae("DeclarationInside", "<!ELEMENT a ANY>", "declaration is not allowed"),
        xml_ae("UnknownEntity", "<api>&nbsp;</api>", "an entity that is not allowed in the text"),
        xml_ae("UnknownEntityElsewhere", "<x>&api;</x>", "an entity that is not allowed"),
        xml_ae("BareAmpersand", "<api>a & b</api>", "an entity that is not allowed"),
        xml("EntityInAttribute", "<ae rn='&x;'/>", "an entity that is not allowed in the attribute"),
        xml_ae("NulReference", "<api>N&#0;x</api>", "an entity that is not allowed"),
        xml_ae("ControlReference", "<x>&#x1;</x>", "an entity that is not allowed"),
        xml_ae("SurrogateReference", "<x>&#xD800;</x>", "an entity that is not allowed"),
        xml_ae("ReferenceBeyondUnicode", "<x>&#x110000;</x>", "an entity that is not allowed"),
        xml_ae("OverflowingReference", "<x>&#4294967361;</x>", "an entity that is not allowed"),
        xml_ae("LineBreakReference", "<api>N&#10;1</api>", "api: has a control character"),
        xml_ae("RawNul", "<api>N\0x</api>"s, "a control character"),
        xml_ae("RawControl", "<x>\x01</x>", "a control character"),
        xml_ae("NoCharacter", "<x>\xEF\xBF\xBE</x>", "U+FFFE"), xml_ae("BadUtf8", "<x>\xC0\xAF</x>", "not UTF-8"),
        xml("OtherEncoding", R"(<?xml version="1.0" encoding="UTF-7"?><ae/>)", "an encoding other than UTF-8"),
        xml("OtherVersion", R"(<?xml version="1.1"?><ae/>)", "a version other than 1.0"),
        xml("DeclarationWithoutVersion", R"(<?xml encoding="UTF-8"?><ae/>)", "a malformed XML declaration"),
        xml("DeclarationTwice", "<?xml version='1.0'?><?xml version='1.0'?><ae/>", "a processing instruction"),
        xml("DeclarationAfterBlank", " <?xml version='1.0'?><ae/>", "a processing instruction"),
        xml_ae("ProcessingInstruction", "<?php x?>", "a processing instruction"),
        xml("TwoRoots", "<ae/><ae/>", "a second root element"),
        xml("TextAfterwards", "<ae/>x", "a text outside the root element"),
        xml("CharacterDataAfterwards", "<ae/><![CDATA[x]]>", "a text outside the root element"),
        xml("NoElement", "<!-- -->", "there is no element"),
        xml("NoEnd", "<ae><api>N1</api>", "ends within an element"),
        xml("EndOnly", "</ae>", "an end tag without its start tag"), xml_ae("CrossedTags", "<a><b></a></b>", "XML: "),
        xml_ae("EndOfSection", "<x>]]></x>", "\"]]>\" in a text"),
        xml_ae("DashesInComment", "<!-- a -- b -->", "a malformed comment"),
        xml("AttributeTwice", "<ae rn='a' rn='b'/>", "two attributes of the same name"),
        xml_ae("AttributeTwiceElsewhere", "<x a='1' b='2' a='3'/>", "two attributes of the same name"),
        xml("AttributeWithoutQuotes", "<ae rn=a/>", "without quotation marks"),
        xml("AttributesWithoutBlank", "<ae a='1'rn='b'/>", "a malformed start tag"),
        xml("MarkupInAttribute", "<ae rn='<b'/>", "\"<\" in an attribute"),
        xml("PrefixedAttribute", "<ae xmlns:x='urn:x' x:rn='b'/>", "rn: has a namespace"),
        xml("AttributeForElement", "<ae api='N1'/>", "api: is an attribute; in XML it is an element"),
        xml("AttributeInAnotherCase", "<ae RN='a'/>", "rn: the name is written in another letter case"),
        xml_ae("ElementForAttribute", "<rn>a</rn>", "rn: is an element"),
        xml("ForeignResource", "<m2m:ae xmlns:m2m='urn:x'/>", "m2m:ae: is in a namespace that is not oneM2M's"),
        xml("UndeclaredPrefix", "<m2m:ae/>", "m2m:ae: is in a namespace that is not oneM2M's"),
        xml_ae("ForeignAttribute", "<x:api xmlns:x='urn:x'>N1</x:api>", "api: is in a namespace"),
        xml_ae("ForeignByDefault", "<api xmlns='urn:x'>N1</api>", "api: is in a namespace"),
        xml_ae("TwoInTwoNamespaces", "<api>N1</api><m2m:api>N2</m2m:api>", "api: is there twice"),
        xml_ae("CommentInText", "<api>N<!-- -->1</api>", "api: has a comment in it"),
        xml_ae("ElementInText", "<api>N<b/>1</api>", "api: is not a text"),
        xml_ae("ElementInList", "<poa>http://a <b/></poa>", "poa: is not a list of texts")),
    name_of);

// Whatever is cut off is an error, and so is whatever is there once more.
TEST(HostileContent, HasToBeWhole) {
  const Tree tree = ae({{"rn", text("ae1")}, {"api", text("N1")}, {"poa", list({text("http://h")})}});
  const std::pair<Serialisation, std::string> wholes[] = {{Serialisation::Json, to_json(tree)},
                                                          {Serialisation::Xml, to_xml(tree)},
                                                          {Serialisation::Cbor, to_cbor(tree)},
                                                          {Serialisation::Cbor, to_cbor(tree, Lengths::Indefinite)}};
  for (const auto& [serialisation, whole] : wholes) {
    EXPECT_EQ(told(serialisation, whole), "2 api=N1 rn=ae1 poa=[http://h;]");
    for (std::size_t size = 0; size < whole.size(); ++size) {
      EXPECT_TRUE(told(serialisation, whole.substr(0, size)).starts_with("error: ")) << size;
    }
    EXPECT_TRUE(told(serialisation, whole + whole).starts_with("error: "));
  }
}

TEST(HostileContent, IsNotRepeatedInErrors) {
  for (const Row& row : {json_ae("", R"("api":"secret\n")", ""),
                         cbor_ae("",
                                 "\x63"
                                 "api\x67secret\n",
                                 ""),
                         xml_ae("", "<api>secret&#10;</api>", "")}) {
    EXPECT_EQ(told(row.serialisation, row.content), "error: api: has a control character");
  }
}

}  // namespace
}  // namespace saproxy::policy
