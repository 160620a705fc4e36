// Spec: TS-0004 8.3 to 8.5; facts of CSEs (representations that contain poa)
#include "policy/answer_translation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/bytes.h"
#include "identity/hex.h"
#include "tests/policy/answer_reading.h"
#include "tests/policy/content_tree.h"

namespace saproxy::policy {
namespace {

using S = Serialisation;
using Points = std::vector<std::string>;

// In rows: L one point, M three, N none, U a direct URL with a query, X an unknown token.
struct Addresses {
  Addresses() {
    one = tokens.add({"https://one"});
    many = tokens.add({"https://a/x", "coaps://b", "we\"ird\\<&>"});
    none = tokens.add({});
    url = tokens.add({"https://u/p?a=1&b"}, LocalRoute::Target);
  }
  [[nodiscard]] std::string expand(const std::string& row) const {
    std::string out;
    for (const char c : row) {
      if (c == 'L')
        out += one;
      else if (c == 'M')
        out += many;
      else if (c == 'N')
        out += none;
      else if (c == 'U')
        out += url;
      else if (c == 'X')
        out += kOrigin + "/r" + std::string(25, 'z');
      else
        out += c;
    }
    return out;
  }
  KnownTokens tokens;
  std::string one, many, none, url;
};

std::string slashes_escaped(std::string text, const std::string& as) {
  for (std::size_t at = 0; (at = text.find('/', at)) != text.npos; at += as.size()) text.replace(at, 1, as);
  return text;
}

struct Row {
  const char* name;
  const char* body;
  const char* client;
};
class JsonBody : public ::testing::TestWithParam<Row> {};
TEST_P(JsonBody, ShowsTheOriginals) {
  const Addresses addresses;
  const AnswerTranslation translation = addresses.tokens.translation();
  const std::string body = addresses.expand(GetParam().body);
  EXPECT_EQ(fed_in_every_way(S::Json, translation, body), GetParam().client);
}
INSTANTIATE_TEST_SUITE_P(
    Bodies, JsonBody,
    ::testing::Values(
        Row{"Empty", "", ""},
        Row{"NothingToDo", R"({"a":["http://127.0.0.1:7002/x","poa"]})", R"({"a":["http://127.0.0.1:7002/x","poa"]})"},
        Row{"One", R"({"poa":["L"]})", R"({"poa":["https://one"]})"},
        Row{"Many", R"({"poa":["M"]})", R"({"poa":["https://a/x","coaps://b","we\"ird\\<&>"]})"},
        Row{"ManyBetween", R"({"poa":["mqtt://m", "M","x"]})",
            R"({"poa":["mqtt://m","https://a/x","coaps://b","we\"ird\\<&>","x"]})"},
        Row{"None", R"({"poa":["N"]})", R"({"poa":[]})"}, Row{"Unknown", R"({"poa":["X"]})", R"({"poa":[]})"},
        Row{"UnknownBetween", R"({"poa":["a","X","b"]})", R"({"poa":["a","b"]})"},
        Row{"Blanks", "{ \"poa\" : [\n \"M\"\t ] }", R"({ "poa" : ["https://a/x","coaps://b","we\"ird\\<&>"] })"},
        Row{"TrailingSlash", R"({"poa":["L/"]})", R"({"poa":["https://one"]})"},
        Row{"TextAlone", R"({"poa":"M"})", R"({"poa":"https://a/x coaps://b we\"ird\\<&>"})"},
        Row{"EmptyList", R"({"poa":[]})", R"({"poa":[]})"},
        Row{"NotTexts", R"({"poa":[1,"L"]})", R"({"poa":[1,"https://one"]})"},
        Row{"Nested", R"({"m2m:cb":{"m2m:ae":[{"poa":["L"],"ty":2.0},{"poa":["M"]}]}})",
            R"({"m2m:cb":{"m2m:ae":[{"poa":["https://one"],"ty":2.0},{"poa":["https://a/x","coaps://b","we\"ird\\<&>"]}]}})"},
        Row{"NotificationTarget", R"({"nu":["/cse1/C1","U","L"],"su":"U"})",
            R"({"nu":["/cse1/C1","https://u/p?a=1&b","https://one"],"su":"https://u/p?a=1&b"})"},
        Row{"TargetWithQuery", R"({"nu":["U?a=1&b","C2"]})", R"({"nu":["https://u/p?a=1&b","C2"]})"},
        Row{"TargetWithQuotedQuery", R"({"nu":["U?a=\"1","C2"]})", R"({"nu":["https://u/p?a=1&b","C2"]})"},
        Row{"UnknownTarget", R"({"nu":["X"]})", R"({"nu":[""]})"},
        Row{"ManyElsewhere", R"({"nu":["M"]})", R"({"nu":["https://a/x coaps://b we\"ird\\<&>"]})"},
        Row{"WithinAnEntry", R"({"poa":["L","to L now"]})", R"({"poa":["https://one","to https://one now"]})"},
        Row{"WithinAnEntryAlone", R"({"poa":["to L now"]})", R"({"poa":["to https://one now"]})"},
        Row{"WithinAText", R"({"dbg":"no way to L/CAE1: refused"})",
            R"({"dbg":"no way to https://one/CAE1: refused"})"},
        Row{"UnknownWithinAText", R"({"dbg":"no way to X!"})", R"({"dbg":"no way to !"})"},
        Row{"WithinJsonWithinAText", R"({"con":"{\"poa\":[\"M\"]}"})", R"({"con":"{\"poa\":[\"https://a/x\"]}"})"},
        Row{"WithinJsonWithAQuery", R"({"con":"[\"L?a\",\"b\"]"})", R"({"con":"[\"https://one?a\",\"b\"]"})"},
        Row{"TwoInOneText", R"({"dbg":"LL L"})", R"({"dbg":"https://onehttps://one https://one"})"},
        Row{"CutOff", R"({"poa":["L)", R"({"poa":["https://one)"},
        Row{"CutOffInTheToken", R"({"poa":["http://127.0.0.1:7001/rab)", R"({"poa":["http://127.0.0.1:7001/rab)"},
        Row{"NoToken", R"({"poa":["http://127.0.0.1:7001/short"]})", R"({"poa":["http://127.0.0.1:7001/short"]})"},
        Row{"OnlyTheAddress", "L", "https://one"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Json, FindsEscapedSlashes) {
  const Addresses addresses;
  const AnswerTranslation translation = addresses.tokens.translation();
  for (const char* as : {"\\/", "\\u002f", "\\u002F"}) {
    const std::string body =
        slashes_escaped(addresses.expand(R"({"poa":["L","x/y"],"nu":["U","L/"],"dbg":"to L!"})"), as);
    const std::string kept = slashes_escaped("x/y", as);
    EXPECT_EQ(fed_in_every_way(S::Json, translation, body),
              R"({"poa":["https://one",")" + kept +
                  R"("],"nu":["https://u/p?a=1&b","https://one"],"dbg":"to https://one!"})");
  }
}

class XmlBody : public ::testing::TestWithParam<Row> {};
TEST_P(XmlBody, ShowsTheOriginals) {
  const Addresses addresses;
  const AnswerTranslation translation = addresses.tokens.translation();
  EXPECT_EQ(fed_in_every_way(S::Xml, translation, addresses.expand(GetParam().body)), GetParam().client);
}
INSTANTIATE_TEST_SUITE_P(
    Bodies, XmlBody,
    ::testing::Values(
        Row{"One", "<poa>L</poa>", "<poa>https://one</poa>"},
        Row{"Many", "<m2m:poa>\n M </m2m:poa>", "<m2m:poa>https://a/x coaps://b we&quot;ird\\&lt;&amp;&gt;</m2m:poa>"},
        Row{"ManyBetween", "<poa>m M x</poa>", "<poa>m https://a/x coaps://b we&quot;ird\\&lt;&amp;&gt; x</poa>"},
        Row{"None", "<poa>N</poa>", "<poa></poa>"}, Row{"Unknown", "<poa>X</poa>", "<poa></poa>"},
        Row{"OtherElement", "<xpoa>L</xpoa>", "<xpoa>https://one</xpoa>"},
        Row{"Attributes", "<poa a=\"b\">M</poa>",
            "<poa a=\"b\">https://a/x coaps://b we&quot;ird\\&lt;&amp;&gt;</poa>"},
        Row{"Target", "<nu>/cse1/C1 U L/</nu><su>U</su>",
            "<nu>/cse1/C1 https://u/p?a=1&amp;b https://one</nu><su>https://u/p?a=1&amp;b</su>"},
        Row{"TargetWithQuery", "<nu>U?a=1&amp;b C2</nu>", "<nu>https://u/p?a=1&amp;b C2</nu>"},
        Row{"Cdata", "<poa><![CDATA[L]]></poa>", "<poa><![CDATA[https://one]]></poa>"},
        Row{"WithinAnEntry", "<poa>L a:L</poa>", "<poa>https://one a:https://one</poa>"},
        Row{"WithinAText", "<dbg>to L/CAE1: no</dbg>", "<dbg>to https://one/CAE1: no</dbg>"},
        Row{"InAnAttribute", "<a b=\"L\"/>", "<a b=\"https://one\"/>"}, Row{"Unclosed", "<poa>L", "<poa>https://one"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Xml, FindsSlashesAsReferences) {
  const Addresses addresses;
  const AnswerTranslation translation = addresses.tokens.translation();
  for (const char* as : {"&#47;", "&#x2f;", "&#x2F;"}) {
    const std::string body = "<poa>" + slashes_escaped(addresses.one, as) + "</poa>";
    EXPECT_EQ(fed_in_every_way(S::Xml, translation, body), "<poa>https://one</poa>");
  }
}

class CborBody : public ::testing::Test {
 protected:
  [[nodiscard]] std::string client(const std::string& body) const {
    return fed_in_every_way(S::Cbor, addresses.tokens.translation(), body);
  }
  static Tree points(const Points& texts) {
    Tree tree = list({});
    for (const std::string& one : texts) tree.items.push_back(text(one));
    return tree;
  }
  static Tree resource(const Points& poa) { return ae({{"poa", points(poa)}, {"rr", boolean(true)}}); }
  const Points many = {"https://a/x", "coaps://b", "we\"ird\\<&>"};
  Addresses addresses;
};

TEST_F(CborBody, ShowsTheOriginalsInListsOfAnyKind) {
  for (const Lengths lengths : {Lengths::Definite, Lengths::Indefinite}) {
    const auto body = [lengths](const Points& poa) { return to_cbor(resource(poa), lengths); };
    EXPECT_EQ(client(body({addresses.one})), body({"https://one"}));
    EXPECT_EQ(client(body({addresses.many})), body(many));
    EXPECT_EQ(client(body({"m", addresses.many, "x"})), body({"m", many[0], many[1], many[2], "x"}));
    EXPECT_EQ(client(body({addresses.none})), body({}));
    EXPECT_EQ(client(body({addresses.expand("X")})), body({}));
    EXPECT_EQ(client(body({addresses.one + "/"})), body({"https://one"}));
  }
}

TEST_F(CborBody, ListsMayGrowBeyondOneByteOfHead) {
  Points long_list;
  for (int i = 0; i < 30; ++i) long_list.push_back("https://host/" + std::string(300, 'a') + std::to_string(i));
  const std::string address = addresses.tokens.add(long_list);
  EXPECT_EQ(client(to_cbor(resource({address}))), to_cbor(resource(long_list)));
}

TEST_F(CborBody, KnowsHeadsOfEveryWidth) {
  const std::string address = addresses.one;
  const std::string size(1, static_cast<char>(address.size()));
  const std::string zeros(7, '\0');
  for (const std::string& head :
       {"\x78" + size, "\x79" + zeros.substr(0, 1) + size, "\x7A" + zeros.substr(0, 3) + size, "\x7B" + zeros + size}) {
    const std::string text = head + address;
    const std::string fresh = cbor_text("https://one");
    EXPECT_EQ(client("\x63poa\x81" + text), "\x63poa\x81" + fresh);
    EXPECT_EQ(client("\x63poa\x98\x01" + text), "\x63poa\x81" + fresh);
    EXPECT_EQ(client(std::string("\x63poa\x99\0\1", 7) + text), "\x63poa\x81" + fresh);
    EXPECT_EQ(client("\x63poa" + text), "\x63poa" + fresh);
    EXPECT_EQ(client("\x62nu\x82" + text + cbor_text("C2")), "\x62nu\x82" + fresh + cbor_text("C2"));
  }
}

TEST_F(CborBody, ShowsTargetsAndTextsAroundAddresses) {
  EXPECT_EQ(client(cbor_text(addresses.url + "?a=1&b")), cbor_text("https://u/p?a=1&b"));
  EXPECT_EQ(client(cbor_text(addresses.many)), cbor_text("https://a/x coaps://b we\"ird\\<&>"));
  EXPECT_EQ(client(cbor_text(addresses.one + "/CAE1 is away")), cbor_text("https://one/CAE1 is away"));
  EXPECT_EQ(client(cbor_text("no way to " + addresses.one + "!")),
            cbor_text("no way to " + std::string(addresses.one.size(), ' ') + "!"))
      << "its length has gone on already";
  EXPECT_EQ(client(cbor_text(addresses.expand("X"))), cbor_text(""));
}

TEST_F(CborBody, ShowsAddressesWithinEntries) {
  EXPECT_EQ(client(to_cbor(resource({addresses.one, "to " + addresses.one}))),
            to_cbor(resource({"https://one", "to https://one"})));
  EXPECT_EQ(client(cbor_text(addresses.one + "," + addresses.one)), cbor_text("https://one,https://one"));
}

// Mobius 2.5 writes CBOR as hexadecimal text.
TEST_F(CborBody, MayBeHexadecimalText) {
  const auto hexadecimal = [](const std::string& bytes) { return identity::hex_encode(identity::as_bytes(bytes)); };
  const std::string body = hexadecimal(to_cbor(resource({addresses.many})));
  EXPECT_EQ(client(body), hexadecimal(to_cbor(resource(many))));
  EXPECT_EQ(client(body + "\r\n"), hexadecimal(to_cbor(resource(many))) + "\r\n");
  EXPECT_EQ(client("a"), "a");
  EXPECT_EQ(client("a1x" + addresses.one), "a1x" + std::string(addresses.one.size(), ' '))
      << "no body that a CSE writes";
}

TEST_F(CborBody, LeavesTheRestAlone) {
  std::string bytes;
  for (int i = 0; i < 512; ++i) bytes += static_cast<char>(i * 7);
  EXPECT_EQ(client(bytes), bytes);
  EXPECT_EQ(client("\x63poa\x9F"), "\x63poa\x9F");
  EXPECT_EQ(client("\x63poa\x82\x61"
                   "a"),
            "\x63poa\x82\x61"
            "a");
  EXPECT_EQ(client("\x63poa\x81\x01"), "\x63poa\x81\x01");
  EXPECT_EQ(client("\x63poa\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x61"
                   "a"),
            "\x63poa\x9B\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x61"
            "a");
}

TEST(OwnPoints, BecomeThePublicOnesInPoaListsAlone) {
  const KnownTokens tokens;
  const AnswerTranslation translation = tokens.translation({"http://127.0.0.1:3000", "coap://127.0.0.1:5683"},
                                                           {"https://cse.example.com:8443", "https://b"});
  const auto json = [&](const char* body) { return fed_in_every_way(S::Json, translation, body); };
  EXPECT_EQ(json(R"({"poa":["http://127.0.0.1:3000"],"con":"http://127.0.0.1:3000"})"),
            R"({"poa":["https://cse.example.com:8443","https://b"],"con":"http://127.0.0.1:3000"})");
  EXPECT_EQ(json(R"({"poa":["http:\/\/127.0.0.1:3000","coap://127.0.0.1:5683","mqtt://m"]})"),
            R"({"poa":["https://cse.example.com:8443","https://b","mqtt://m"]})");
  EXPECT_EQ(json(R"({"poa":["http://127.0.0.1:3000/"]})"), R"({"poa":["http://127.0.0.1:3000/"]})");
  EXPECT_EQ(json(R"(["poa",["http://127.0.0.1:3000"]])"), R"(["poa",["http://127.0.0.1:3000"]])");
  EXPECT_EQ(fed_in_every_way(S::Xml, translation, "<poa>http://127.0.0.1:3000 x</poa><a>http://127.0.0.1:3000</a>"),
            "<poa>https://cse.example.com:8443 https://b x</poa><a>http://127.0.0.1:3000</a>");
  EXPECT_EQ(fed_in_every_way(S::Cbor, translation, "\x63poa\x81" + cbor_text("http://127.0.0.1:3000")),
            "\x63poa\x82" + cbor_text("https://cse.example.com:8443") + cbor_text("https://b"));
}

// Somebody's text must not change its length: the head of it has gone on, and nobody could read what follows.
TEST(OwnPoints, AreNoListWithinACborString) {
  const KnownTokens tokens;
  const AnswerTranslation translation = tokens.translation({"http://127.0.0.1:3000"}, {"https://cse.example.com:8443"});
  const std::string list = "\x63poa\x81" + cbor_text("http://127.0.0.1:3000");
  const std::string shown = "\x63poa\x81" + cbor_text("https://cse.example.com:8443");
  const auto client = [&](const std::string& body) { return fed_in_every_way(S::Cbor, translation, body); };
  for (const std::string& held : {cbor_text(list), cbor_text("x" + list + "y"), cbor_head(2, list.size()) + list,
                                  "\x7F" + cbor_text("a") + cbor_text(list) + "\xFF"}) {
    EXPECT_EQ(client("\xA2\x63"
                     "con" +
                     held + list),
              "\xA2\x63"
              "con" +
                  held + shown);
  }
  EXPECT_EQ(client("\xD9\xD9\xF7\xBF\x61"
                   "a\x9F\x01\xFB" +
                   std::string(8, 'c') + "\xFF" + list + "\xFF"),
            "\xD9\xD9\xF7\xBF\x61"
            "a\x9F\x01\xFB" +
                std::string(8, 'c') + "\xFF" + shown + "\xFF");
  EXPECT_EQ(client("\x1C" + list), "\x1C" + list) << "no head of RFC 8949";
}

TEST(LongBodies, PassInSlicesOfTheInput) {
  const KnownTokens tokens;
  const AnswerTranslation translation = tokens.translation();
  for (const S serialisation : {S::Json, S::Xml, S::Cbor}) {
    const std::string body(100'000, 'x');
    std::size_t slices = 0;
    const TranslatedBytes out = [&](std::string_view bytes) {
      ++slices;
      const bool of_input = bytes.data() >= body.data() && bytes.data() < body.data() + body.size();
      EXPECT_TRUE(of_input || bytes.size() <= 512);
    };
    AnswerTranslator translator(serialisation, translation);
    translator.feed(std::string_view(body).substr(0, 50'000), out);
    translator.feed(std::string_view(body).substr(50'000), out);
    translator.finish(out);
    EXPECT_LE(slices, 4u);
  }
}

// A list or query that does not end is not waited for.
TEST(EndlessLists, AreTranslatedEntryByEntry) {
  const Addresses addresses;
  const AnswerTranslation translation = addresses.tokens.translation();
  const std::string filler(3 * kMostHeldBack, 'x');
  const std::string body = "{\"poa\":[\"" + filler + "\",\"" + addresses.one + "\",\"";
  EXPECT_EQ(fed(S::Json, translation, body + filler), "{\"poa\":[\"" + filler + "\",\"https://one\",\"" + filler);
  std::vector<std::size_t> cuts;
  for (std::size_t cut = 1000; cut < body.size(); cut += 1000) cuts.push_back(cut);
  EXPECT_EQ(fed(S::Json, translation, body, cuts), "{\"poa\":[\"" + filler + "\",\"https://one\",\"");
  const std::string query = fed(S::Json, translation, "[\"" + addresses.url + "?" + filler + "\"]", {100, 20'000});
  EXPECT_EQ(query.find("127.0.0.1"), query.npos);
}

TEST(WholeBody, IsTouchedOnlyWhenItNeedsToBe) {
  const Addresses addresses;
  const AnswerTranslation plain = addresses.tokens.translation();
  EXPECT_FALSE(may_need_translation(plain, R"({"poa":["http://x"]})"));
  EXPECT_TRUE(may_need_translation(plain, addresses.one));
  EXPECT_TRUE(may_need_translation(addresses.tokens.translation({"a"}, {"b"}), R"({"poa":[]})"));
  EXPECT_FALSE(translated(S::Json, plain, R"({"poa":["http://x"]})"));
  EXPECT_FALSE(translated(S::Json, plain, R"({"poa":["127.0.0.1:7001"]})"));
  EXPECT_EQ(translated(S::Json, plain, addresses.expand(R"({"poa":["L"]})")), R"({"poa":["https://one"]})");
}

// What our CSE keeps of its registrar is the door; whoever reads it sees the registrar.
TEST(Registrar, IsShownByItsOwnAddress) {
  const Addresses addresses;
  AnswerTranslation translation = addresses.tokens.translation();
  const std::string body =
      R"({"m2m:csr":{"csi":"/in","poa":["http://127.0.0.1:7002","mqtt://b"],"lbl":["http://127.0.0.1:7002"]}})";
  EXPECT_EQ(translated(S::Json, translation, body), std::nullopt);
  translation.registrar_here = "http://127.0.0.1:7002";
  translation.registrar_there = "https://in.example.com:8443";
  EXPECT_EQ(
      translated(S::Json, translation, body),
      R"({"m2m:csr":{"csi":"/in","poa":["https://in.example.com:8443","mqtt://b"],"lbl":["http://127.0.0.1:7002"]}})");
}

}  // namespace
}  // namespace saproxy::policy
