#include "policy/config_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/config_files.h"

namespace saproxy::policy {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(ConfigSummary, ShowsWhatIsServedAndNoKey) {
  testing::MemoryFiles files;
  files.write("main.toml", std::string(testing::kCse) + "profile = \"tinyiot\"\n" + testing::kListener + testing::kPsk +
                               testing::kCertificate + testing::kTrust);
  const LoadResult result = files.load();
  ASSERT_TRUE(result.errors.empty());
  const std::string text = summary(result.config, testing::kNow);
  EXPECT_THAT(text, HasSubstr("listener        https on 0.0.0.0:8443: psk; TLS 1.2; no identity: refused\n"));
  EXPECT_THAT(text,
              HasSubstr("CSE             //sp.example.com/cse1 at 127.0.0.1:8080, profile tinyiot: one connection for "
                        "each request, requests in one piece, requests up to 32000B, one at a time"));
  EXPECT_THAT(text, HasSubstr("denied          CAdmin\n"));
  EXPECT_THAT(text, HasSubstr("certificate     cse for cse1.sp.example.com, 364 days to expiry\n"));
  EXPECT_THAT(text, HasSubstr("trust anchor    test CA, 364 days to expiry\n"));
  EXPECT_THAT(text, HasSubstr("credentials     1 PSK, 0 raw public keys\n"));
  EXPECT_THAT(text, HasSubstr("identities      1 credential of AEs, 0 credentials of CSEs\n"));
  EXPECT_THAT(text, HasSubstr("registry        in memory only\n"));
  EXPECT_THAT(text, Not(HasSubstr("000102030405")));
  EXPECT_THAT(text, Not(HasSubstr("MAMCAQA")));
}

TEST(ConfigSummary, ShowsWhereRegistrationsAreKept) {
  Config config;
  config.registry.file = "/var/lib/saproxy/registry.db";
  EXPECT_THAT(summary(config, testing::kNow), HasSubstr("registry        /var/lib/saproxy/registry.db\n"));
}

TEST(ConfigSummary, ShowsHowRegistreesAndTheRegistrarAreReached) {
  Config config;
  EXPECT_THAT(summary(config, testing::kNow), Not(HasSubstr("egress")));
  config.egress.emplace().listen = {"127.0.0.1", 7001, ""};
  RegistrarSettings& registrar = config.registrar.emplace();
  registrar.address = *PointOfAccess::parse("https://in.example.com:8443");
  registrar.cse_id = *identity::CseId::parse("/in-cse");
  registrar.domain_name = "in-cse.sp.example.com";
  registrar.listen = {"127.0.0.1", 7002, ""};
  EXPECT_THAT(
      summary(config, testing::kNow),
      HasSubstr("egress          127.0.0.1:7001: secure points of access on ports 443, 1024-65535, answered within "
                "9s\nregistrar       /in-cse at in.example.com:8443 by certificates, its name "
                "in-cse.sp.example.com; our CSE finds it at 127.0.0.1:7002\n"));
}

}  // namespace
}  // namespace saproxy::policy
