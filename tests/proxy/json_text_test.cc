// Spec: RFC 8259 7
#include "proxy/admin/json_text.h"

#include <gtest/gtest.h>

namespace saproxy::proxy {
namespace {

std::string value(std::string_view text) {
  std::string line = ">";
  append_json_value(line, text);
  return line;
}

TEST(JsonValue, IsVisibleAsciiThatReadsBackAsTheText) {
  EXPECT_EQ(value(""), R"(>"")");
  EXPECT_EQ(value("http://h:80/~a b"), R"(>"http://h:80/~a b")");
  EXPECT_EQ(value("\"\\/"), R"(>"\"\\/")");
  EXPECT_EQ(value({"\0\n\x1b\x7f", 4}), R"(>"\u0000\u000A\u001B\u007F")");
  EXPECT_EQ(value("\xc2\x80 \xc3\xa9 \xdf\xbf"), R"(>"\u0080 \u00E9 \u07FF")");
  EXPECT_EQ(value("\xe0\xa0\x80 \xe2\x82\xac \xef\xbf\xbf"), R"(>"\u0800 \u20AC \uFFFF")");
  EXPECT_EQ(value("\xf0\x90\x80\x80 \xf0\x9f\x98\x80 \xf4\x8f\xbf\xbf"),
            R"(>"\uD800\uDC00 \uD83D\uDE00 \uDBFF\uDFFF")");
}

TEST(JsonValue, OfWhatIsNoUtf8ShowsTheBytes) {
  EXPECT_EQ(value("\xff\\ \xc3"), R"(>"\\xFF\\x5C \\xC3")");
  EXPECT_EQ(value("\xed\xa0\x80"), R"(>"\\xED\\xA0\\x80")");
}

}  // namespace
}  // namespace saproxy::proxy
