// read_client_hello: strict, bounded, joined over records. Spec: RFC 5246 7.4.1.2, RFC 6066 3, RFC 7250, RFC 8446 4.2
#include "proxy/session/client_hello.h"

#include <gtest/gtest.h>

#include <functional>

#include "proxy/session/wolfssl_library.h"
#include "tests/support/session_fixture.h"

namespace saproxy::tests {
namespace {

using proxy::ClientHello;
using proxy::HelloStatus;

void put(Bytes& to, std::size_t value, int width) {
  for (int i = width - 1; i >= 0; --i) to.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
}
Bytes joined(std::initializer_list<Bytes> parts) {
  Bytes all;
  for (const Bytes& part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}
Bytes block(int width, const Bytes& content) {
  Bytes all;
  put(all, content.size(), width);
  return joined({all, content});
}
Bytes extension(std::uint16_t type, const Bytes& body) {
  Bytes all;
  put(all, type, 2);
  return joined({all, block(2, body)});
}
Bytes record(const Bytes& content, std::uint8_t type = 22) { return joined({{type, 3, 1}, block(2, content)}); }
Bytes message(const Bytes& body, std::uint8_t type = 1) { return joined({{type}, block(3, body)}); }

struct Builder {
  Bytes suites = {0x00, 0xae};
  Bytes extensions;
  Bytes session;
  Bytes compressions = {0};
  [[nodiscard]] Bytes body() const {
    return joined({{3, 3},
                   Bytes(32, 7),
                   block(1, session),
                   block(2, suites),
                   block(1, compressions),
                   extensions.empty() ? Bytes{} : block(2, extensions)});
  }
};

Bytes sni(const std::string& name) {
  return extension(0, block(2, joined({{0}, block(2, Bytes(name.begin(), name.end()))})));
}

HelloStatus status_of(const Bytes& bytes) {
  ClientHello hello;
  return proxy::read_client_hello(bytes, hello);
}

TEST(ClientHello, ReadsWhatDecidesTheContext) {
  Builder builder;
  builder.suites = {0x00, 0xae, 0xc0, 0x23, 0x13, 0x01};
  builder.extensions = joined({sni("CSE1.sp.Example.com"), extension(19, {2, 2, 0}), extension(20, {1, 2}),
                               extension(23, {}), extension(43, {4, 3, 4, 3, 3})});
  ClientHello hello;
  ASSERT_EQ(proxy::read_client_hello(record(message(builder.body())), hello), HelloStatus::Complete);
  EXPECT_TRUE(hello.offers_psk_suites);
  EXPECT_TRUE(hello.offers_certificate_suites);
  EXPECT_TRUE(hello.offers_tls13_suites);
  EXPECT_TRUE(hello.offers_tls12);
  EXPECT_TRUE(hello.offers_tls13);
  EXPECT_TRUE(hello.extended_master_secret);
  EXPECT_EQ(hello.server_name, "cse1.sp.example.com");
  EXPECT_EQ(hello.client_certificate_types, (Bytes{2, 0}));
  EXPECT_EQ(hello.server_certificate_types, (Bytes{2}));
}

TEST(ClientHello, SupportedVersionsCanWithdrawTls12) {
  Builder builder;
  builder.extensions = extension(43, {2, 3, 4});
  ClientHello hello;
  ASSERT_EQ(proxy::read_client_hello(record(message(builder.body())), hello), HelloStatus::Complete);
  EXPECT_FALSE(hello.offers_tls12);
  EXPECT_TRUE(hello.offers_tls13);
}

TEST(ClientHello, FindsTheFirstPskIdentityOfTls13) {
  Builder builder;
  const Bytes identities = joined({block(2, {'a', '@', 'b'}), {0, 0, 0, 0}, block(2, {'c'}), {0, 0, 0, 0}});
  const Bytes binders = joined({block(1, Bytes(32, 1)), block(1, Bytes(32, 1))});
  builder.extensions = extension(41, joined({block(2, identities), block(2, binders)}));
  ClientHello hello;
  ASSERT_EQ(proxy::read_client_hello(record(message(builder.body())), hello), HelloStatus::Complete);
  EXPECT_TRUE(hello.has_pre_shared_key);
  EXPECT_EQ(hello.first_psk_identity, (Bytes{'a', '@', 'b'}));
}

TEST(ClientHello, NeedsMoreAtEveryCutAndReadsTheSameAtEverySplit) {
  Builder builder;
  builder.extensions = joined({sni("cse1.sp.example.com"), extension(23, {})});
  const Bytes whole = message(builder.body());
  const Bytes one = record(whole);
  for (std::size_t cut = 0; cut < one.size(); ++cut)
    EXPECT_EQ(status_of(Bytes(one.begin(), one.begin() + static_cast<std::ptrdiff_t>(cut))), HelloStatus::Incomplete)
        << cut;
  for (std::size_t cut = 1; cut < whole.size(); ++cut) {
    const auto middle = whole.begin() + static_cast<std::ptrdiff_t>(cut);
    ClientHello hello;
    ASSERT_EQ(proxy::read_client_hello(
                  joined({record(Bytes(whole.begin(), middle)), record(Bytes(middle, whole.end()))}), hello),
              HelloStatus::Complete);
    EXPECT_EQ(hello.server_name, "cse1.sp.example.com");
  }
}

TEST(ClientHello, IsTooLargeBeyondItsBoundHoweverItIsCut) {
  EXPECT_EQ(status_of(record({1, 0, 0x40, 0x00})), HelloStatus::TooLarge);
  Bytes crumbs;
  for (int i = 0; i < 9000; ++i) {
    const Bytes one = record({i == 0 ? std::uint8_t{1} : std::uint8_t{0}});
    crumbs.insert(crumbs.end(), one.begin(), one.end());
    if (i == 0) crumbs = joined({record({1, 0, 0x3f, 0xf0})});
  }
  EXPECT_EQ(status_of(crumbs), HelloStatus::TooLarge);
}

struct BadRow {
  const char* name;
  HelloStatus expected;
  std::function<Bytes()> bytes;
};
Bytes with(const std::function<void(Builder&)>& change) {
  Builder builder;
  change(builder);
  return record(message(builder.body()));
}
const BadRow kBad[] = {
    {"Http", HelloStatus::NotTls,
     [] {
       return Bytes{'G', 'E', 'T', ' ', '/'};
     }},
    {"OneByteOfSomethingElse", HelloStatus::NotTls, [] { return Bytes{'S'}; }},
    {"Sslv2Hello", HelloStatus::NotTls,
     [] {
       return Bytes{0x80, 0x2e, 1, 3, 1};
     }},
    {"OtherMessage", HelloStatus::Malformed, [] { return record(message(Builder{}.body(), 2)); }},
    {"EmptyRecord", HelloStatus::Malformed, [] { return record({}); }},
    {"AlertBetween", HelloStatus::Malformed,
     [] {
       return joined({record({1, 0}), record({2, 40}, 21)});
     }},
    {"SomethingBehind", HelloStatus::Malformed,
     [] {
       return record(joined({message(Builder{}.body()), {1, 0, 0, 0}}));
     }},
    {"OddSuites", HelloStatus::Malformed, [] { return with([](Builder& b) {
                                                 b.suites = {0, 0xae, 0};
                                               }); }},
    {"NoSuites", HelloStatus::Malformed, [] { return with([](Builder& b) { b.suites = {}; }); }},
    {"NoNullCompression", HelloStatus::Malformed, [] { return with([](Builder& b) { b.compressions = {1}; }); }},
    {"LongSession", HelloStatus::Malformed, [] { return with([](Builder& b) { b.session = Bytes(33, 1); }); }},
    {"ExtensionTwice", HelloStatus::Malformed,
     [] { return with([](Builder& b) {
            b.extensions = joined({extension(23, {}), extension(23, {})});
          }); }},
    {"ExtensionCut", HelloStatus::Malformed, [] { return with([](Builder& b) {
                                                    b.extensions = {0, 23, 0, 9, 1};
                                                  }); }},
    {"NameWithNul", HelloStatus::Malformed,
     [] { return with([](Builder& b) { b.extensions = sni(std::string("a\0b", 3)); }); }},
    {"NameWithNewline", HelloStatus::Malformed, [] { return with([](Builder& b) { b.extensions = sni("a\r\nb"); }); }},
    {"EmptyName", HelloStatus::Malformed, [] { return with([](Builder& b) { b.extensions = sni(""); }); }},
    {"PskNotLast", HelloStatus::Malformed,
     [] {
       return with([](Builder& b) {
         b.extensions = joined({extension(41, joined({block(2, joined({block(2, {'a'}), {0, 0, 0, 0}})),
                                                      block(2, block(1, Bytes(32, 1)))})),
                                extension(23, {})});
       });
     }},
    {"RecordTooLong", HelloStatus::Malformed, [] { return Bytes{22, 3, 1, 0x40, 0x01, 1}; }},
};

class BadHello : public ::testing::TestWithParam<BadRow> {};
TEST_P(BadHello, IsRefused) { EXPECT_EQ(status_of(GetParam().bytes()), GetParam().expected); }
INSTANTIATE_TEST_SUITE_P(Rows, BadHello, ::testing::ValuesIn(kBad),
                         [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace saproxy::tests
