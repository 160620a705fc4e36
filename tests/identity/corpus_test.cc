// The certificate corpus of tests/support/pki against the reader and the profile: every row of manifest.tsv, by name.
// Rows whose opposite verdict would be defensible say why in `open`; they may go either way here, and are pinned in
// certificate_profile_test where we decided.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "identity/certificate_profile.h"
#include "identity/hex.h"
#include "identity/pem.h"

namespace saproxy::identity {
namespace {

namespace fs = std::filesystem;
using Row = std::map<std::string, std::string>;

fs::path corpus() {
  const char* path = std::getenv("SAPROXY_PKI_CORPUS");
  return path == nullptr ? fs::path() : fs::path(path);
}

std::vector<std::string> split(const std::string& text, char separator) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == separator) {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  if (parts.size() == 1 && parts[0].empty()) parts.clear();
  return parts;
}

Bytes content(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return Bytes(std::istreambuf_iterator<char>(file), {});
}

std::vector<Row> manifest() {
  std::ifstream file(corpus() / "manifest.tsv");
  std::vector<Row> rows;
  std::vector<std::string> columns;
  for (std::string text; std::getline(file, text);) {
    const auto fields = split(text, '\t');
    if (columns.empty()) {
      columns = fields;
      continue;
    }
    Row row;
    for (std::size_t i = 0; i < columns.size() && i < fields.size(); ++i) row[columns[i]] = fields[i];
    rows.push_back(row);
  }
  return rows;
}

std::vector<Certificate> issuers_of(const Row& row) {
  std::vector<Certificate> issuers;
  for (const std::string& name : split(row.at("issuers"), ',')) {
    const auto blocks = decode_pem_or_der(content(corpus() / name), "CERTIFICATE");
    EXPECT_TRUE(blocks) << name;
    const auto certificate = parse_certificate(blocks->front());
    EXPECT_TRUE(certificate) << name << ": " << certificate.error().detail;
    issuers.push_back(*certificate);
  }
  return issuers;
}

ProfileSwitches switches_of(const Row& row) {
  ProfileSwitches switches;
  for (const std::string& name : split(row.at("switches"), ',')) {
    if (name == "allow_rsa")
      switches.allow_rsa = true;
    else if (name == "allow_p384")
      switches.allow_p384 = true;
    else if (name == "allow_node_id_in_dns_name")
      switches.allow_node_id_in_dns_name = true;
    else if (name == "allow_missing_key_usage")
      switches.allow_missing_key_usage = true;
    else if (name == "allow_ca_without_name_constraints")
      switches.allow_ca_without_name_constraints = true;
    else
      ADD_FAILURE() << "unknown switch " << name;
  }
  return switches;
}

// Words of what was wrong; "malformed" when the reader already refused.
struct Outcome {
  std::vector<std::string> words;
  std::optional<CertificateName> name;
};
Outcome outcome_of(const Row& row, const ProfileSwitches& switches) {
  const auto leaf = parse_certificate(content(corpus() / row.at("der")));
  if (!leaf) return {{"malformed"}, std::nullopt};
  const LocalEntity local{*SpId::parse("//sp.example.com"), *CseId::parse("/cse1"), {}};
  const auto role = row.at("role") == "server" ? PeerRole::Server : PeerRole::Client;
  const std::int64_t now = std::time(nullptr);
  const auto verdict = judge_certificate(*leaf, issuers_of(row), local, switches, role, now);
  Outcome outcome{{}, verdict.name};
  for (const auto violation : verdict.violations) outcome.words.emplace_back(to_text(violation));
  return outcome;
}

void expect_good(const Row& row, const Outcome& outcome) {
  EXPECT_TRUE(outcome.words.empty()) << outcome.words.front();
  ASSERT_TRUE(outcome.name);
  EXPECT_EQ(to_text(outcome.name->flavour), row.at("flavour"));
  EXPECT_EQ(outcome.name->credential_id.text(), row.at("credential_id"));
  if (outcome.name->ae_id) {
    EXPECT_EQ(outcome.name->ae_id->absolute(), row.at("identity"));
  }
  if (outcome.name->cse_id) {
    EXPECT_EQ(outcome.name->cse_id->sp_relative(), row.at("identity"));
  }
}

void expect_refused(const Row& row, const Outcome& outcome) {
  ASSERT_FALSE(outcome.words.empty()) << "accepted as "
                                      << (outcome.name ? outcome.name->credential_id.text() : "nothing");
  if (row.at("reason").starts_with("chain_")) return;  // a word of path validation, which is not done here
  auto allowed = split(row.at("also"), ',');
  allowed.push_back(row.at("reason"));
  const bool told = std::any_of(allowed.begin(), allowed.end(), [&outcome](const std::string& word) {
    return std::find(outcome.words.begin(), outcome.words.end(), word) != outcome.words.end();
  });
  EXPECT_TRUE(told) << "said " << outcome.words.front() << ", not " << row.at("reason");
}

TEST(CertificateCorpus, IsJudgedAsTheManifestSays) {
  if (corpus().empty()) GTEST_SKIP() << "SAPROXY_PKI_CORPUS is not set";
  const auto rows = manifest();
  ASSERT_GT(rows.size(), 150U);
  for (const Row& row : rows) {
    SCOPED_TRACE(row.at("name"));
    const Outcome outcome = outcome_of(row, {});
    const bool accepted = outcome.words.empty();
    if (!row.at("open").empty() && accepted != (row.at("profile") == "accept")) continue;
    if (row.at("profile") == "accept") {
      if (row.at("flavour").empty())
        EXPECT_TRUE(accepted) << outcome.words.front();
      else
        expect_good(row, outcome);
    } else {
      expect_refused(row, outcome);
      if (row.at("profile") == "malformed") {
        EXPECT_EQ(outcome.words.front(), "malformed");
      }
    }
    if (!row.at("switches").empty()) expect_good(row, outcome_of(row, switches_of(row)));
  }
}

TEST(CertificateCorpus, NothingMalformedIsRead) {
  if (corpus().empty()) GTEST_SKIP() << "SAPROXY_PKI_CORPUS is not set";
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator(corpus() / "malformed")) {
    ++count;
    EXPECT_FALSE(parse_certificate(content(entry.path()))) << entry.path().filename();
  }
  EXPECT_GT(count, 100U);
}

TEST(CertificateCorpus, RawKeysAreReadAndJudged) {
  if (corpus().empty()) GTEST_SKIP() << "SAPROXY_PKI_CORPUS is not set";
  const std::map<std::string, std::string> expected{{"rpk-client", ""},
                                                    {"rpk-server", ""},
                                                    {"rpk-other", ""},
                                                    {"rpk-p384", "key_not_p256"},
                                                    {"rpk-rsa", "key_not_p256"},
                                                    {"rpk-ed25519", "key_not_p256"},
                                                    {"rpk-explicit", "key_not_p256"},
                                                    {"rpk-compressed", "key_not_uncompressed"},
                                                    {"rpk-trailing", "malformed"},
                                                    {"rpk-truncated", "malformed"}};
  for (const auto& [name, word] : expected) {
    SCOPED_TRACE(name);
    const Bytes der = content(corpus() / "raw" / (name + ".der"));
    const auto key = parse_raw_public_key(der);
    EXPECT_EQ(classify_peer_key(der) == PeerKeyForm::RawPublicKey, key.has_value());
    const auto violations = key ? judge_raw_public_key(*key, {}) : std::vector<ProfileViolation>{};
    EXPECT_EQ(!key ? "malformed" : violations.empty() ? "" : to_text(violations.front()), word);
  }
}

// The test that tells a mutation apart from a crash: any answer is right, none may be wrong about memory.
TEST(CertificateCorpus, EveryByteFlippedIsSurvived) {
  if (corpus().empty()) GTEST_SKIP() << "SAPROXY_PKI_CORPUS is not set";
  const Bytes good = content(corpus() / "good" / "ae-c.der");
  const LocalEntity local{*SpId::parse("//sp.example.com"), *CseId::parse("/cse1"), {}};
  for (std::size_t i = 0; i < good.size(); ++i)
    for (const int flip : {0x01, 0x80, 0xFF}) {
      Bytes bent = good;
      bent[i] = static_cast<std::uint8_t>(bent[i] ^ flip);
      const auto certificate = parse_certificate(bent);
      if (certificate) (void)judge_certificate(*certificate, {}, local, {}, PeerRole::Client, 0);
    }
}

}  // namespace
}  // namespace saproxy::identity
