// [[psk]] and psk_files of the configuration: notations of keys, folders, and that no key is ever repeated.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/config_files.h"

namespace saproxy::policy {
namespace {

using testing::all_text;
using ::testing::HasSubstr;
using testing::loaded;
using testing::MemoryFiles;
using testing::minimal;
using ::testing::Not;

TEST(ConfigPsk, ReadsPskFilesWithIdentities) {
  const std::string key(32, 'a');
  MemoryFiles files;
  files.write("main.toml", std::string("psk_files = [\"devices.keys\"]\n") + testing::kCse + testing::kListener);
  files.write("devices.keys", "# devices\r\nae1@sp.example.com:" + key + ":Cae1\r\n\n  ae2@sp.example.com:" + key +
                                  ":C2*,S2\nmn1@sp.example.com:" + key + ":/mn1\nx@sp.example.com:" + key);
  const Config config = loaded(files);
  EXPECT_EQ(config.psks.size(), 4u);
  EXPECT_EQ(std::get<identity::StemList>(config.identities.at("12-ae2@sp.example.com").identities).patterns().size(),
            2u);
  EXPECT_EQ(std::get<identity::CseId>(config.identities.at("12-mn1@sp.example.com").identities).sp_relative(), "/mn1");
  EXPECT_EQ(config.text(config.identities.at("12-ae1@sp.example.com").origin), "devices.keys:2");
  EXPECT_FALSE(config.identities.contains("12-x@sp.example.com"));
}

class PskFolder : public ::testing::TestWithParam<const char*> {};

TEST_P(PskFolder, IsReadFileByFileWithoutHiddenOnes) {
  const std::string key(32, 'a');
  MemoryFiles files;
  files.write("etc/main.toml",
              std::string("psk_files = [\"") + GetParam() + "\"]\n" + testing::kCse + testing::kListener);
  files.write("etc/psk.d/b.keys", "b@sp.example.com:" + key + ":Cb\n");
  files.write("etc/psk.d/a.keys", "a@sp.example.com:" + key + ":Ca\n");
  files.write("etc/psk.d/..data", "not read").write("etc/psk.d/.b.keys.swp", "not read");
  const LoadResult result = files.load("etc/main.toml");
  ASSERT_TRUE(result.errors.empty()) << all_text(result.errors);
  EXPECT_THAT(result.config.files, ::testing::ElementsAre("etc/main.toml", "etc/psk.d/a.keys", "etc/psk.d/b.keys"));
  EXPECT_TRUE(result.config.psks.contains("a@sp.example.com"));
  EXPECT_TRUE(result.config.psks.contains("b@sp.example.com"));
}
INSTANTIATE_TEST_SUITE_P(Entries, PskFolder, ::testing::Values("psk.d", "psk.d/", "psk.d/*", "psk.d/[!c]*", "psk?d/*"));

TEST(ConfigPsk, WarnsOfAPskPatternThatMatchesNothing) {
  MemoryFiles files;
  files.write("main.toml", "psk_files = [\"psk.d/*\"]\n" + minimal());
  const LoadResult result = files.load();
  EXPECT_TRUE(result.errors.empty()) << all_text(result.errors);
  EXPECT_THAT(all_text(result.warnings), HasSubstr("main.toml:1:14: psk_files[0]: no file matches \"psk.d/*\""));
}

TEST(ConfigPsk, RefusesMoreThanTenThousandPskFiles) {
  MemoryFiles files;
  files.write("main.toml", "psk_files = [\"psk.d\"]\n" + minimal());
  for (int i = 0; i <= 10'000; ++i) files.write("psk.d/" + std::to_string(i), "");
  const LoadResult result = files.load();
  ASSERT_EQ(result.errors.size(), 1u);
  EXPECT_THAT(result.errors[0].text(), HasSubstr("psk_files name more than 10000 files"));
}

struct KeyNotation {
  const char* name;
  const char* lines;
  const char* file;
};
class ConfigKey : public ::testing::TestWithParam<KeyNotation> {};

TEST_P(ConfigKey, IsTheSameInEveryNotation) {
  MemoryFiles files;
  files.write("key", GetParam().file);
  files.write("main.toml", std::string("secrets_in_file = true\n") + testing::kCse + testing::kListener +
                               "[[psk]]\nidentity = \"a@sp.example.com\"\nae = \"C1\"\n" + GetParam().lines);
  const Config config = loaded(files);
  EXPECT_TRUE(config.psks.at("a@sp.example.com").key.equals(identity::Secret(identity::as_bytes("0123456789abcdef"))));
}

INSTANTIATE_TEST_SUITE_P(
    Notations, ConfigKey,
    ::testing::Values(KeyNotation{"HexFile", "key_file = \"key\"\n", "30313233343536373839616263646566\n"},
                      KeyNotation{"Base64File", "key_file = \"key\"\nkey_format = \"base64\"\n",
                                  "MDEyMzQ1Njc4OWFiY2RlZg==\n"},
                      KeyNotation{"RawFile", "key_file = \"key\"\nkey_format = \"raw\"\n", "0123456789abcdef"},
                      KeyNotation{"HexInPlace", "key = \"hex:30313233343536373839616263646566\"\n", ""},
                      KeyNotation{"Base64InPlace", "key = \"base64:MDEyMzQ1Njc4OWFiY2RlZg==\"\n", ""}),
    [](const auto& row) { return std::string(row.param.name); });

// The one word that must not come out, in every place where a key can stand by right or by mistake.
struct Leak {
  const char* name;
  const char* text;
};
class ConfigSecret : public ::testing::TestWithParam<Leak> {};

TEST_P(ConfigSecret, IsNeverRepeated) {
  MemoryFiles files;
  files.write("bad.psk", "5ec7e75ec7e7zz")
      .write("bad.keys",
             "ae@sp.example.com:5ec7e75ec7e7zz\n5ec7e75ec7e7\nx@sp.example.com:5ec7e75ec7e7:5ec7e75ec7e7\n");
  files.write("bad.key", "-----BEGIN PRIVATE KEY-----\n5ec7e75ec7e7!\n-----END PRIVATE KEY-----\n");
  files.write("main.toml", GetParam().text + minimal());
  const LoadResult result = files.load();
  EXPECT_FALSE(result.errors.empty());
  EXPECT_THAT(all_text(result.errors) + all_text(result.warnings), Not(HasSubstr("5ec7e7")));
}

INSTANTIATE_TEST_SUITE_P(
    Leaks, ConfigSecret,
    ::testing::Values(
        Leak{"KeyNotAllowedHere", "[[psk]]\nidentity = \"x@sp.example.com\"\nkey = \"hex:5ec7e75ec7e7\"\n"},
        Leak{"KeyWithoutQuotes", "[[psk]]\nidentity = \"x@sp.example.com\"\nkey = c5ec7e75ec7e7\n"},
        Leak{"KeyAsNumber", "[[psk]]\nidentity = \"x@sp.example.com\"\nkey = 0x5ec7e75ec7e7\n"},
        Leak{"KeyAsHugeNumber", "[[psk]]\nidentity = \"x@sp.example.com\"\nkey = 0x5ec7e75ec7e75ec7e75ec7e75ec7e7\n"},
        Leak{"KeyWithOpenQuote", "[[psk]]\nidentity = \"x@sp.example.com\"\nkey = \"hex:5ec7e75ec7e7\n"},
        Leak{"KeyWithBadEscape", "[[psk]]\nidentity = \"x@sp.example.com\"\nkey = \"hex:5ec7e75ec7e7\\z\"\n"},
        Leak{"KeyInArray", "[[psk]]\nidentity = \"x@sp.example.com\"\nkey = [\"5ec7e75ec7e7\"]\n"},
        Leak{"BadHex",
             "secrets_in_file = true\n[[psk]]\nidentity = \"x@sp.example.com\"\nkey = \"hex:5ec7e75ec7e7zz\"\n"},
        Leak{"BadBase64",
             "secrets_in_file = true\n[[psk]]\nidentity = \"x@sp.example.com\"\nkey = \"base64:5ec7e75ec7e7!\"\n"},
        Leak{"NoNotation",
             "secrets_in_file = true\n[[psk]]\nidentity = \"x@sp.example.com\"\nkey = \"5ec7e75ec7e7\"\n"},
        Leak{"KeyInIdentity", "[[psk]]\nidentity = \"5ec7e75ec7e7\"\nkey_file = \"strong.psk\"\n"},
        Leak{"KeyFile", "[[psk]]\nidentity = \"x@sp.example.com\"\nkey_file = \"bad.psk\"\n"},
        Leak{"PskFile", "psk_files = [\"bad.keys\"]\n"},
        Leak{"PrivateKeyFile", "[[raw_key]]\nname = \"a\"\nkey_file = \"bad.key\"\n"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace saproxy::policy
