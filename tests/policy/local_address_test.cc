// Spec: facts of CSEs (request targets that tinyIoT, ACME, Mobius and Mobius4 send); TS-0009 6.2.2
#include "policy/local_address.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace saproxy::policy {
namespace {

const std::string kToken = "rabcdefghijklmnopqrstuvwx2";
LocalAddresses addresses() { return *LocalAddresses::make("http://127.0.0.1:7001"); }

TEST(Token, IsMadeOfAllItsBits) {
  std::array<std::uint8_t, kTokenEntropy> entropy{};
  EXPECT_EQ(make_token(LocalRoute::Registree, entropy), "r" + std::string(25, 'a'));
  entropy.fill(0xff);
  EXPECT_EQ(make_token(LocalRoute::Target, entropy), "t" + std::string(25, '7'));
  // Each of the 125 bits that are used makes another token.
  std::vector<std::string> tokens;
  for (std::size_t bit = 0; bit < 125; ++bit) {
    entropy.fill(0);
    entropy[bit / 8] = static_cast<std::uint8_t>(0x80 >> bit % 8);
    tokens.push_back(make_token(LocalRoute::Registree, entropy));
    EXPECT_TRUE(is_token(tokens.back()));
  }
  std::ranges::sort(tokens);
  EXPECT_EQ(std::ranges::adjacent_find(tokens), tokens.end());
  EXPECT_EQ(kind_of(kToken), LocalRoute::Registree);
}

TEST(Token, HasOneForm) {
  EXPECT_TRUE(is_token(kToken));
  for (const std::string& text :
       std::vector<std::string>{std::string(), kToken + "a", kToken.substr(1), "x" + kToken.substr(1),
                                "R" + kToken.substr(1), "r1" + kToken.substr(2), "rA" + kToken.substr(2)})
    EXPECT_FALSE(is_token(text)) << text;
}

TEST(Origin, HasAnExplicitPortAndOneForm) {
  EXPECT_EQ(addresses().address_of(kToken), "http://127.0.0.1:7001/" + kToken);
  EXPECT_EQ(addresses().address_of(kToken, "ct=json"), "http://127.0.0.1:7001/" + kToken + "?ct=json");
  EXPECT_EQ(addresses().authority(), "127.0.0.1:7001");
  EXPECT_TRUE(LocalAddresses::make("http://[::1]:7001"));
  for (const char* origin :
       {"", "127.0.0.1:7001", "http://127.0.0.1", "http://127.0.0.1:7001/", "https://127.0.0.1:7001",
        "HTTP://127.0.0.1:7001", "http://[0::1]:7001", "http://127.0.0.1:0"})
    EXPECT_FALSE(LocalAddresses::make(origin)) << origin;
}

struct Target {
  const char* name;
  std::string written;
  std::string token;
  std::string cse_id;
  std::string sp;
  std::string rest;
  std::string query;
};
class RequestTarget : public ::testing::TestWithParam<Target> {};
TEST_P(RequestTarget, IsTakenApart) {
  const auto target = addresses().target_of(GetParam().written);
  ASSERT_TRUE(target);
  EXPECT_EQ(target->token, GetParam().token);
  EXPECT_EQ(target->cse_id, GetParam().cse_id);
  EXPECT_EQ(target->sp, GetParam().sp);
  EXPECT_EQ(target->rest, GetParam().rest);
  EXPECT_EQ(target->query, GetParam().query);
}
INSTANTIATE_TEST_SUITE_P(
    Habits, RequestTarget,
    ::testing::Values(
        Target{"AsStored", "/" + kToken, kToken, "", "", "", ""},
        Target{"WithoutSlash", kToken, kToken, "", "", "", ""},
        Target{"TrailingSlash", "/" + kToken + "/", kToken, "", "", "", ""},
        Target{"AcmeAppendsTheAe", "/" + kToken + "/CAE1", kToken, "", "", "CAE1", ""},
        Target{"AcmeAppendsSpRelative", "/" + kToken + "/~/id-in/CAE1", kToken, "", "", "~/id-in/CAE1", ""},
        Target{"Mobius4Forwards", "/" + kToken + "/mn/ae1?fo=1", kToken, "", "", "mn/ae1", "fo=1"},
        Target{"MobiusQuery", "/" + kToken + "?ct=json&rcn=9", kToken, "", "", "", "ct=json&rcn=9"},
        Target{"Absolute", "http://127.0.0.1:7001/" + kToken + "/x", kToken, "", "", "x", ""},
        Target{"AbsoluteAlone", "http://127.0.0.1:7001", "", "", "", "", ""},
        Target{"PathDropped", "/~/id-mn/mn/ae1?fo=1.0", "", "id-mn", "", "/~/id-mn/mn/ae1", "fo=1.0"},
        Target{"PathDroppedNoSlash", "~/id-mn/mn/ae1", "", "id-mn", "", "~/id-mn/mn/ae1", ""},
        Target{"PathDroppedAbsoluteForm", "http://127.0.0.1:7001/~/id-mn", "", "id-mn", "", "/~/id-mn", ""},
        Target{"TinyIotAbsolute", "/_//sp.com/cse1/x", "", "cse1", "sp.com", "/_//sp.com/cse1/x", ""},
        Target{"StandardAbsolute", "/_/sp.com/cse1/x", "", "cse1", "sp.com", "/_/sp.com/cse1/x", ""},
        Target{"DoubleSlashAfterTilde", "/~//id-mn/x", "", "id-mn", "", "/~//id-mn/x", ""},
        Target{"TinyIotVerifies", "TinyIoT/ae1/c1", "", "", "", "TinyIoT/ae1/c1", ""},
        Target{"NoToken", "/" + kToken + "a", "", "", "", "/" + kToken + "a", ""},
        Target{"CaseMatters", "/R" + kToken.substr(1), "", "", "", "/R" + kToken.substr(1), ""},
        Target{"TokenIsFirstOnly", "/x/" + kToken, "", "", "", "/x/" + kToken, ""},
        Target{"Root", "/", "", "", "", "/", ""}, Target{"Empty", "", "", "", "", "", ""},
        Target{"TildeAlone", "/~", "", "", "", "/~", ""}, Target{"UnderscoreAlone", "/_/", "", "", "", "/_/", ""}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(RequestTarget, OfOthersIsNone) {
  for (const std::string& text : std::vector<std::string>{
           "http://127.0.0.1:7002/" + kToken, "http://127.0.0.1:70011/" + kToken,
           "http://127.0.0.1:7001@evil/" + kToken, "https://127.0.0.1:7001/" + kToken, "/" + kToken + "#x",
           "/" + kToken + " ", "/\t", "/\xC3\xA4", "/" + std::string(4096, 'a')})
    EXPECT_FALSE(addresses().target_of(text)) << text;
}

TEST(RequestTarget, IsAPathWhereNoTokenCounts) {
  EXPECT_EQ(addresses().path_of("/" + kToken + "/x?a"), "/" + kToken + "/x?a");
  EXPECT_EQ(addresses().path_of("http://127.0.0.1:7001/~/in/x?a"), "/~/in/x?a");
  EXPECT_EQ(addresses().path_of("http://127.0.0.1:7001?a"), "?a");
  EXPECT_EQ(addresses().path_of("cse-in"), "cse-in");
  for (const char* text : {"http://127.0.0.1:7002/x", "http://127.0.0.1:70011", "/x#y", "/x y"})
    EXPECT_FALSE(addresses().path_of(text)) << text;
}

TEST(LocalAddress, GivesItsToken) {
  const std::string address = addresses().address_of(kToken);
  EXPECT_EQ(addresses().token_of(address), kToken);
  EXPECT_EQ(addresses().token_of(address + "/CAE1"), kToken);
  EXPECT_EQ(addresses().token_of(address + "?ct=json"), kToken);
  for (const std::string& text :
       std::vector<std::string>{address + "a", address.substr(1), address.substr(0, address.size() - 1),
                                "http://127.0.0.1:7001" + kToken, std::string("http://127.0.0.1:7001/"), std::string()})
    EXPECT_FALSE(addresses().token_of(text)) << text;
}

}  // namespace
}  // namespace saproxy::policy
