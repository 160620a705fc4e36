// psk_files at scale: what is read is exactly what is written, and errors still have their line.
// Spec: TS-0003 10.5 (KpsaID), 8.2.1 (identities of a credential)
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "identity/hex.h"
#include "policy/snapshot.h"
#include "tests/policy/config_files.h"

namespace saproxy::policy {
namespace {

using ::testing::HasSubstr;
using testing::MemoryFiles;

constexpr int kMany = 100'000;

std::string kpsa_id(int number) { return "device" + std::to_string(number) + "@sp.example.com"; }
std::string stem(int number) { return "Cdevice" + std::to_string(number); }
// Another key for each number, without a generator that could repeat itself.
identity::Bytes key(int number) {
  identity::Bytes bytes(16, 0x5a);
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (8 * i));
  return bytes;
}
// Every third line leaves its identity to an entry elsewhere.
bool has_identity(int number) { return number % 3 != 0; }
std::string line(int number) {
  std::string text = kpsa_id(number) + ":" + identity::hex_encode(key(number));
  if (has_identity(number)) text += ":" + stem(number);
  return text + "\n";
}
std::string lines(int first, int last) {
  std::string text;
  for (int i = first; i < last; ++i) text += line(i);
  return text;
}

MemoryFiles many(const std::string& second_file) {
  MemoryFiles files;
  files.write("main.toml", std::string("psk_files = [\"psk.d\"]\n") + testing::kCse + testing::kListener);
  files.write("psk.d/1", lines(0, kMany / 2)).write("psk.d/2", second_file);
  return files;
}

TEST(ManyPsks, AreFoundEachWithItsKeyItsIdentityAndItsLine) {
  LoadResult result = many(lines(kMany / 2, kMany)).load();
  ASSERT_TRUE(result.errors.empty()) << result.errors.front().text();
  const auto snapshot = Snapshot::make(std::move(result.config), 1);
  const Config& config = snapshot->config();
  ASSERT_EQ(config.psks.size(), std::size_t{kMany});
  for (int i = 0; i < kMany; ++i) {
    const PskEntry* entry = snapshot->find_psk(kpsa_id(i));
    ASSERT_NE(entry, nullptr) << i;
    ASSERT_TRUE(entry->key.equals(identity::Secret(key(i)))) << i;
    const auto named = config.identities.find("12-" + kpsa_id(i));
    ASSERT_EQ(named != config.identities.end(), has_identity(i)) << i;
    if (!has_identity(i)) continue;
    ASSERT_EQ(*std::get<identity::StemList>(named->second.identities).single_concrete(), stem(i));
  }
  EXPECT_EQ(config.text(config.identities.at("12-device49999@sp.example.com").origin), "psk.d/1:50000");
  EXPECT_EQ(config.text(config.identities.at("12-device50000@sp.example.com").origin), "psk.d/2:1");
  EXPECT_EQ(config.text(config.psks.at("device99998@sp.example.com").origin), "psk.d/2:49999");
  EXPECT_EQ(snapshot->find_psk(kpsa_id(kMany)), nullptr);
}

TEST(ManyPsks, WithoutIdentityAreWarnedOfTwoHundredTimesAndCounted) {
  const LoadResult result = many("").load();
  ASSERT_EQ(result.warnings.size(), 201u);
  EXPECT_THAT(result.warnings.front().text(), HasSubstr("has no identity: its handshakes will be refused"));
  EXPECT_THAT(result.warnings.back().text(), HasSubstr(std::to_string(kMany / 6 + 1 - 200) + " more"));
}

TEST(ManyPsks, HaveTheirErrorsAtTheirLine) {
  const LoadResult result = many(lines(kMany / 2, 70'000) + line(4711) + "x@sp.example.com:0g:C1\n" +
                                 "mn@sp.example.com:" + std::string(32, 'a') + ":/cse1\n" + lines(70'000, kMany))
                                .load();
  ASSERT_EQ(result.errors.size(), 4u);
  EXPECT_THAT(
      result.errors[1].text(),
      HasSubstr("psk.d/2:20001:60: identities of 12-device4711@sp.example.com are already given at psk.d/1:4712"));
  EXPECT_THAT(result.errors[0].text(),
              HasSubstr("psk.d/2:20001:1: device4711@sp.example.com already has a key at psk.d/1:4712"));
  EXPECT_THAT(result.errors[2].text(), HasSubstr("psk.d/2:20002:18: the key is not an even number"));
  EXPECT_THAT(result.errors[3].text(), HasSubstr("psk.d/2:20003:1: 12-mn@sp.example.com stands for /cse1"));
}

}  // namespace
}  // namespace saproxy::policy
