// Spec: TS-0003 10.1.2, RFC 6920 3
#include "identity/public_key_name.h"

#include <gtest/gtest.h>

#include "identity/hex.h"

namespace saproxy::identity {
namespace {

constexpr std::string_view kHelloName = "ni:///sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk";

// Spec: RFC 6920 8.1 (the example "Hello World!")
TEST(PublicKeyName, AgreesWithTheExampleOfTheRfc) {
  const PublicKeyName name = PublicKeyName::of(as_bytes("Hello World!"));
  EXPECT_EQ(name.uri(), kHelloName);
  EXPECT_EQ(name.short_form(), kHelloName.substr(6));
  EXPECT_TRUE(name.names(as_bytes("Hello World!")));
  EXPECT_FALSE(name.names(as_bytes("Hello World")));
}

TEST(PublicKeyName, ParsesBothForms) {
  EXPECT_EQ(PublicKeyName::parse(kHelloName)->uri(), kHelloName);
  EXPECT_EQ(PublicKeyName::parse(kHelloName.substr(6))->uri(), kHelloName);
}

// Spec: RFC 6920 9.4
TEST(PublicKeyName, ShortensToTheFirstBits) {
  const PublicKeyName name = PublicKeyName::of(as_bytes("Hello World!"));
  const auto shorter = name.shortened(NameHash::Sha256_128);
  ASSERT_TRUE(shorter);
  EXPECT_EQ(shorter->uri(), "ni:///sha-256-128;f4OxZX_x_FO5LcGBSKHWXQ");
  EXPECT_EQ(*shorter, PublicKeyName::of(as_bytes("Hello World!"), NameHash::Sha256_128));
  EXPECT_TRUE(shorter->names(as_bytes("Hello World!")));
  EXPECT_FALSE(shorter->shortened(NameHash::Sha256));
  EXPECT_EQ(name.shortened(NameHash::Sha256_120)->short_form(), "sha-256-120;f4OxZX_x_FO5LcGBSKHW");
}

TEST(PublicKeyName, RefusesWhatIsNoName) {
  for (const char* bad :
       {"", "sha-256", "sha-256;", "ni://host/sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk", "ni:/sha-256;x",
        "sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk=", "sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGl",
        "sha-256;f4OxZX/x/FO5LcGBSKHWXfwtSx+j1ncoSt3SABJtkGk", "sha-256;f4OxZX_x_FO5LcGBSKHWXQ",
        "sha-256-128;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk", "sha-512;f4OxZX_x_FO5LcGBSKHWXQ",
        "SHA-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk",
        "sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk?ct=x"})
    EXPECT_FALSE(PublicKeyName::parse(bad)) << bad;
}

}  // namespace
}  // namespace saproxy::identity
