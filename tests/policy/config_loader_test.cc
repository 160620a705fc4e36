#include "policy/config_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/snapshot.h"
#include "tests/policy/config_files.h"

namespace saproxy::policy {
namespace {

using namespace std::chrono_literals;
using testing::all_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::loaded;
using testing::MemoryFiles;
using testing::minimal;

TEST(ConfigLoader, LoadsTheSmallestConfiguration) {
  const Config config = loaded(MemoryFiles().write("main.toml", minimal()));
  EXPECT_EQ(config.cse.id.sp_relative(), "/cse1");
  EXPECT_EQ(config.cse.sp.absolute(), "//sp.example.com");
  EXPECT_EQ(config.cse.address.text(), "127.0.0.1:8080");
  ASSERT_EQ(config.listeners.size(), 1u);
  EXPECT_EQ(config.listeners[0].address.text(), "0.0.0.0:8443");
  EXPECT_TRUE(config.listeners[0].psk);
  EXPECT_FALSE(config.listeners[0].certificates);
  EXPECT_FALSE(config.listeners[0].raw_public_keys);
  EXPECT_EQ(config.psks.at("ae1@sp.example.com").key.size(), 32u);
  EXPECT_EQ(config.text(config.identities.at("12-ae1@sp.example.com").origin), "main.toml:10");
}

TEST(ConfigLoader, KeepsDefaultsOfWhatIsNotWritten) {
  const Config config = loaded(MemoryFiles().write("main.toml", minimal()));
  EXPECT_EQ(config.server, ServerSettings{});
  EXPECT_EQ(config.log, LogSettings{});
  EXPECT_EQ(config.headers, HeaderSettings{});
  EXPECT_EQ(config.admin, AdminSettings{});
  EXPECT_EQ(config.listeners[0].limits, Limits{});
}

TEST(ConfigLoader, ReadsUnits) {
  const Config config = loaded(MemoryFiles().write(
      "main.toml", minimal() +
                       "[server]\ndrain_timeout = \"250ms\"\n[[listener]]\nname = \"b\"\naddress = "
                       "\"0.0.0.0:1\"\nframeworks = [\"psk\"]\n"
                       "[listener.limits]\nmax_body = \"64KiB\"\nsession_lifetime = \"2h\"\nidle_timeout = \"1m\"\n"));
  EXPECT_EQ(config.server.drain_timeout, 250ms);
  EXPECT_EQ(config.listeners[1].limits.max_body, 65536u);
  EXPECT_EQ(config.listeners[1].limits.session_lifetime, 2h);
  EXPECT_EQ(config.listeners[1].limits.idle_timeout, 1min);
}

// config_examples_test.cc has a configuration with [trust].
TEST(ConfigLoader, LetsStrangersChooseWhereNoCertificateNamesAnybody) {
  using Strangers = RegistrationSettings::Strangers;
  EXPECT_EQ(loaded(MemoryFiles().write("main.toml", minimal())).registration.strangers, Strangers::Any);
  for (const auto& [word, meant] : {std::pair{"any", Strangers::Any}, std::pair{"c-stems", Strangers::CStems},
                                    std::pair{"assigned", Strangers::Assigned}}) {
    const std::string text = minimal() + "[registration]\nstrangers = \"" + word + "\"\n";
    EXPECT_EQ(loaded(MemoryFiles().write("main.toml", text)).registration.strangers, meant);
  }
}

TEST(ConfigLoader, HandsTheNameOfTheCseBaseToTheGate) {
  const std::string cse = std::string(testing::kCse) + "base_name = \"cse-in\"\n";
  Config config = loaded(MemoryFiles().write("main.toml", cse + testing::kListener + testing::kPsk));
  EXPECT_EQ(config.cse.base_name, "cse-in");
  EXPECT_EQ(Snapshot::make(std::move(config), 1)->gate_rules().base_name, "cse-in");
}

TEST(ConfigLoader, ProfileGivesDefaultsThatNamesOverride) {
  const std::string cse =
      std::string(testing::kCse) + "max_request = \"20000B\"\nprofile = \"tinyiot\"\nkeep_alive = true\n";
  const Config config = loaded(MemoryFiles().write("main.toml", cse + testing::kListener + testing::kPsk));
  EXPECT_EQ(config.cse.profile, CseProfile::TinyIot);
  EXPECT_TRUE(config.cse.keep_alive);
  EXPECT_TRUE(config.cse.whole_requests);
  EXPECT_EQ(config.cse.max_request, 20'000u);
  EXPECT_EQ(config.cse.max_request_id, 100u);
}

// [server] workers as it is written, and what comes of it.
TEST(ConfigLoader, GivesACseThatTakesOneRequestAtATimeOneWorker) {
  const auto workers = [](const std::string& cse, const std::string& server) {
    return loaded(MemoryFiles().write("main.toml", server + testing::kCse + cse + testing::kListener + testing::kPsk))
        .server.workers;
  };
  EXPECT_EQ(workers("profile = \"tinyiot\"\n", ""), 1u);
  EXPECT_EQ(workers("profile = \"tinyiot\"\n", "[server]\nworkers = 0\n"), 1u);
  EXPECT_EQ(workers("profile = \"tinyiot\"\n", "[server]\nworkers = 3\n"), 3u)
      << "warned of, but the operator's to say";
  EXPECT_EQ(workers("profile = \"tinyiot\"\nmax_connections = 8\n", ""), 0u);
  EXPECT_EQ(workers("max_connections = 1\n", ""), 1u);
  EXPECT_EQ(workers("", ""), 0u);
}

TEST(ConfigLoader, ReadsEveryKindOfCredential) {
  const std::string text = std::string(testing::kCse) + testing::kPsk + testing::kCertificate + testing::kTrust +
                           "crls = [\"crl.pem\"]\nrequire_crl = true\n"
                           "[[listener]]\nname = \"https\"\naddress = \"[::]:8443\"\nframeworks = [\"psk\", "
                           "\"certificate\", \"raw-public-key\"]\nraw_key = \"own\"\n"
                           "[[raw_key]]\nname = \"own\"\nkey_file = \"cse.key\"\n"
                           "[[trusted_key]]\nkey_file = \"node.pub\"\naes = [\"C*\", \"S1\"]\n"
                           "[[identity]]\ncredential = \"34-urn:dev:ops:1\"\ncse = \"/mn1\"\n";
  const Config config = loaded(MemoryFiles().write("main.toml", text));
  EXPECT_THAT(config.listeners[0].certificate_names, ElementsAre("cse"));
  EXPECT_EQ(config.listeners[0].raw_key_name, "own");
  ASSERT_EQ(config.certificates.size(), 1u);
  EXPECT_THAT(config.certificates[0].server_names, ElementsAre("cse1.sp.example.com"));
  EXPECT_EQ(config.certificates[0].not_after, testing::kExpired);
  EXPECT_EQ(config.certificates[0].chain_pem, testing::kServerPem);
  EXPECT_EQ(identity::as_text(config.certificates[0].private_key_pem.reveal()), testing::kPrivateKeyPem);
  EXPECT_EQ(config.trust_anchors_pem.size(), 1u);
  EXPECT_EQ(config.crls_pem.size(), 1u);
  ASSERT_EQ(config.trusted_raw_keys.size(), 1u);
  const auto& key = config.identities.at("30-" + std::string(config.trusted_raw_keys[0].short_form()));
  EXPECT_EQ(std::get<identity::StemList>(key.identities).patterns().size(), 2u);
  EXPECT_EQ(config.identities.at("34-urn:dev:ops:1").kind, identity::EntityKind::Cse);
}

TEST(ConfigLoader, ReadsOcsp) {
  const std::string base = std::string(testing::kCse) + testing::kListener + testing::kPsk + testing::kTrust;
  const OcspSettings silent = loaded(MemoryFiles().write("main.toml", base)).ocsp;
  EXPECT_EQ(silent, OcspSettings{});
  EXPECT_EQ(silent.mode, OcspSettings::Mode::Off);
  const OcspSettings written =
      loaded(MemoryFiles().write("main.toml", base + "[trust.ocsp]\nmode = \"hard\"\n"
                                                     "allow = [\"ocsp.example.com\", \"[::1]:8888\"]\ntimeout = "
                                                     "\"2s\"\nmin_age = \"5s\"\nmax_age = \"10m\"\n"
                                                     "retry_after = \"1s\"\nclock_skew = \"1m\"\nnonce = "
                                                     "true\nmax_questions = 3\nmax_waiting = 4\nmax_cached = 5\n"))
          .ocsp;
  EXPECT_EQ(written.mode, OcspSettings::Mode::Hard);
  EXPECT_FALSE(written.responder);
  EXPECT_EQ(written.allow, (std::vector<AllowedResponder>{{"ocsp.example.com", 0}, {"::1", 8888}}));
  EXPECT_EQ(written.timeout, Seconds(2));
  EXPECT_EQ(written.min_age, Seconds(5));
  EXPECT_EQ(written.max_age, Seconds(600));
  EXPECT_EQ(written.retry_after, Seconds(1));
  EXPECT_EQ(written.clock_skew, Seconds(60));
  EXPECT_TRUE(written.nonce);
  EXPECT_EQ(std::tie(written.max_questions, written.max_waiting, written.max_cached), std::tuple(3u, 4u, 5u));
}

TEST(ConfigLoader, OcspHasToAnswerWithinTheHandshake) {
  const auto errors = [](const std::string& timeout, const std::string& frameworks) {
    const std::string text = std::string(testing::kCse) + testing::kPsk + testing::kCertificate + testing::kTrust +
                             "[trust.ocsp]\nmode = \"soft\"\ntimeout = \"" + timeout +
                             "\"\n[[listener]]\nname = \"https\"\naddress = \"[::]:8443\"\nframeworks = [" +
                             frameworks + "]\n";
    return MemoryFiles().write("main.toml", text).load("main.toml").errors;
  };
  EXPECT_TRUE(errors("9s", "\"psk\", \"certificate\"").empty());
  EXPECT_TRUE(errors("10s", "\"psk\"").empty());
  const auto late = errors("10s", "\"psk\", \"certificate\"");
  ASSERT_EQ(late.size(), 1u);
  EXPECT_THAT(late[0].text(), ::testing::HasSubstr("handshake_timeout of listener \"https\""));
}

TEST(ConfigLoader, FindsTheRegistryRelativeToTheFileThatNamesIt) {
  const auto registry = [](const std::string& table) {
    MemoryFiles files;
    files.write("etc/strong.psk", "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
    files.write("etc/main.toml", std::string(testing::kCse) + testing::kListener + testing::kPsk + table);
    const LoadResult result = files.load("etc/main.toml");
    EXPECT_TRUE(result.errors.empty());
    return result.config.registry.file;
  };
  EXPECT_EQ(registry(""), "");
  EXPECT_EQ(registry("[registry]\n"), "");
  EXPECT_EQ(registry("[registry]\nfile = \"registry.db\"\n"), "etc/registry.db");
  EXPECT_EQ(registry("[registry]\nfile = \"/var/lib/saproxy/registry.db\"\n"), "/var/lib/saproxy/registry.db");
}

TEST(ConfigLoader, ReadsHowTheRegistryIsKeptInStepWithTheCse) {
  const auto registry = [](const std::string& cse, const std::string& table) {
    const std::string text =
        std::string(testing::kCse) + cse + testing::kListener + testing::kPsk + "[registry]\n" + table;
    const LoadResult result = MemoryFiles().write("main.toml", text).load("main.toml");
    EXPECT_TRUE(result.errors.empty());
    return result.config.registry;
  };
  using enum RegistrySettings::Reconcile;
  const RegistrySettings usual = registry("", "");
  EXPECT_EQ(usual.reconcile, Start);
  EXPECT_FALSE(usual.reconcile_every);
  EXPECT_EQ(registry("", "reconcile = \"off\"\n").reconcile, Off);
  const RegistrySettings written = registry("",
                                            "reconcile = \"6h\"\nreconcile_rate = 7\n"
                                            "reconcile_originator = \"CAdmin\"\nmax_registrations = 5\n"
                                            "max_registrations_per_credential = 2\n");
  EXPECT_EQ(written.reconcile, Start);
  EXPECT_EQ(written.reconcile_every, std::chrono::hours(6));
  EXPECT_EQ(written.reconcile_rate, 7u);
  EXPECT_EQ(written.reconcile_originator, "CAdmin");
  EXPECT_EQ(written.max_registrations, 5u);
  EXPECT_EQ(written.max_registrations_per_credential, 2u);
  // A CSE that takes one request at a time is not asked beside its registrees, unless somebody says so.
  EXPECT_EQ(registry("max_connections = 1\n", "").reconcile, Off);
  EXPECT_EQ(registry("max_connections = 1\n", "reconcile = \"start\"\n").reconcile, Start);
}

TEST(ConfigLoader, IncludesFilesByNameAndPatternRelativeToTheMainFile) {
  MemoryFiles files;
  files.write("etc/main.toml",
              std::string("include = [\"log.toml\", \"policy.d/*.toml\"]\n") + testing::kCse + testing::kListener);
  files.write("etc/log.toml", "[log]\nlevel = \"error\"\n");
  files.write("etc/policy.d/1.toml",
              "[[psk]]\nidentity = \"a@sp.example.com\"\nkey_file = \"../a.psk\"\nae = \"C1\"\n");
  files.write("etc/policy.d/2.toml",
              "[[psk]]\nidentity = \"b@sp.example.com\"\nkey_file = \"/keys/b.psk\"\nae = \"C2\"\n");
  files.write("etc/policy.d/../a.psk", std::string(32, '1')).write("/keys/b.psk", std::string(32, '2'));
  const LoadResult result = files.load("etc/main.toml");
  ASSERT_TRUE(result.errors.empty()) << all_text(result.errors);
  EXPECT_EQ(result.config.log.level, LogSettings::Level::Error);
  EXPECT_EQ(result.config.psks.size(), 2u);
  EXPECT_EQ(result.config.files.size(), 6u);
}

TEST(ConfigLoader, ReportsAllErrorsInTheOrderOfFilesAndLines) {
  MemoryFiles files;
  files.write("main.toml",
              std::string("include = [\"more.toml\", \"syntax.toml\"]\n[log]\nlevl = 1\nformat = \"xml\"\n") +
                  testing::kCse + testing::kListener + testing::kPsk);
  files.write("more.toml", "[server]\nworkers = -1\n").write("syntax.toml", "x = \n");
  const LoadResult result = files.load();
  ASSERT_EQ(result.errors.size(), 4u) << all_text(result.errors);
  EXPECT_THAT(result.errors[0].text(), HasSubstr("main.toml:3:1: log.levl"));
  EXPECT_THAT(result.errors[1].text(), HasSubstr("main.toml:4:10: log.format"));
  EXPECT_THAT(result.errors[2].text(), HasSubstr("more.toml:2:11: server.workers"));
  EXPECT_THAT(result.errors[3].text(), HasSubstr("syntax.toml:1:"));
}

TEST(ConfigLoader, CountsErrorsBeyondTheFirstTwoHundred) {
  std::string lines;
  for (int i = 0; i < 1000; ++i) lines += "no colon\n";
  const LoadResult result =
      MemoryFiles().write("main.toml", "psk_files = [\"bad\"]\n" + minimal()).write("bad", lines).load();
  ASSERT_EQ(result.errors.size(), 201u);
  EXPECT_THAT(result.errors.back().text(), HasSubstr("800 more"));
}

TEST(ConfigLoader, SaysThatTheMainFileIsMissing) {
  const LoadResult result = MemoryFiles().load();
  ASSERT_EQ(result.errors.size(), 1u);
  EXPECT_EQ(result.errors[0].text(),
            "main.toml: cannot read \"main.toml\": No such file or directory; make the file readable for saproxy or "
            "name another");
}

struct Moment {
  const char* name;
  std::int64_t now;
  const char* error;
  const char* warning;
};
class CertificateValidity : public ::testing::TestWithParam<Moment> {};

TEST_P(CertificateValidity, IsJudgedByTheTimeGiven) {
  const LoadResult result =
      MemoryFiles().write("main.toml", minimal() + testing::kCertificate).load("main.toml", GetParam().now);
  EXPECT_THAT(all_text(result.errors), HasSubstr(GetParam().error));
  EXPECT_THAT(all_text(result.warnings), HasSubstr(GetParam().warning));
  EXPECT_EQ(result.errors.empty(), std::string_view(GetParam().error).empty());
  EXPECT_EQ(result.warnings.empty(), std::string_view(GetParam().warning).empty());
}

INSTANTIATE_TEST_SUITE_P(
    Moments, CertificateValidity,
    ::testing::Values(
        Moment{"Before", testing::kIssued - 10,
               "main.toml:15:14: certificate[0].chain_file: certificate 1 of \"cse.crt\" is not valid yet", ""},
        Moment{"Within", testing::kNow, "", ""},
        Moment{"NearItsEnd", testing::kExpired - 10 * 86'400, "", "expires in 10 days"},
        Moment{"After", testing::kExpired,
               "main.toml:15:14: certificate[0].chain_file: certificate 1 of \"cse.crt\" expired 0 days ago", ""}),
    [](const auto& row) { return std::string(row.param.name); });

struct Warned {
  const char* name;
  std::string text;
  const char* warning;
};
class ConfigWarning : public ::testing::TestWithParam<Warned> {};

TEST_P(ConfigWarning, DoesNotStopTheLoad) {
  const LoadResult result = MemoryFiles().write("weak.psk", "0102030405").write("main.toml", GetParam().text).load();
  EXPECT_TRUE(result.errors.empty()) << all_text(result.errors);
  EXPECT_THAT(all_text(result.warnings), HasSubstr(GetParam().warning));
}

INSTANTIATE_TEST_SUITE_P(
    Warnings, ConfigWarning,
    ::testing::Values(
        Warned{"ShortPsk",
               minimal() + "[[psk]]\nidentity = \"x@sp.example.com\"\nkey_file = \"weak.psk\"\nae = \"C1\"\n",
               "main.toml:14:12: psk[1].identity: the key of x@sp.example.com has fewer than 16 bytes"},
        Warned{"PskWithoutIdentity",
               minimal() + "[[psk]]\nidentity = \"x@sp.example.com\"\nkey_file = \"strong.psk\"\n",
               "12-x@sp.example.com has no identity"},
        Warned{"WorkersForASerialCse",
               "[server]\nworkers = 2\n" + std::string(testing::kCse) + "profile = \"tinyiot\"\n" + testing::kListener +
                   testing::kPsk,
               "main.toml:2:11: server.workers: the CSE gets as many requests at a time"},
        Warned{"RsaAllowed",
               std::string(testing::kCse) + testing::kListener + "tls.allow = [\"rsa\"]\n" + testing::kPsk,
               "main.toml:9:13: listener[0].tls.allow: certificates outside the profile"},
        Warned{
            "AdministratorsNotDenied",
            std::string(testing::kCse) + "deny_profile_administrators = false\n" + testing::kListener + testing::kPsk,
            "main.toml:5:31: cse.deny_profile_administrators: registrees may speak as the administrator"},
        Warned{"PatternWithoutFiles", "include = [\"none.d/*.toml\"]\n" + minimal(),
               "main.toml:1:12: include[0]: no file matches"},
        Warned{"CertificateOfAnotherCse",
               "[cse]\nid = \"/cse2\"\nsp = \"//sp.example.com\"\naddress = \"http://127.0.0.1:8080\"\n" +
                   std::string(testing::kListener) + testing::kPsk + testing::kCertificate,
               "no dNSName of the certificate stands for /cse2"}),
    [](const auto& row) { return std::string(row.param.name); });

}  // namespace
}  // namespace saproxy::policy
