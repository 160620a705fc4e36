#include "policy/config_loader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "policy/snapshot.h"
#include "tests/policy/config_files.h"

namespace saproxy::policy {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemoryFiles;
using ::testing::Not;

std::string all_text(const std::vector<ConfigError>& errors) {
  std::string text;
  for (const ConfigError& error : errors) text += error.text() + "\n";
  return text;
}

Config loaded(const MemoryFiles& files) {
  LoadResult result = files.load();
  EXPECT_TRUE(result.errors.empty()) << all_text(result.errors);
  return std::move(result.config);
}

std::string minimal() { return std::string(testing::kCse) + testing::kListener + testing::kPsk; }

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

TEST(ConfigLoader, ReadsWhereRulesAreFetchedFrom) {
  MemoryFiles files;
  const std::string rest = std::string(testing::kCse) + testing::kListener + testing::kPsk;
  files.write("main.toml", rest + "[rule_source]\naddress = \"http://127.0.0.1:8081\"\n");
  const LoadResult least = files.load();
  ASSERT_TRUE(least.errors.empty() && least.warnings.empty());
  EXPECT_EQ(least.config.registration.app_rules, RegistrationSettings::Rules::Fetched);
  RuleSourceSettings expected;
  expected.address.host = "127.0.0.1";
  expected.address.port = 8081;
  EXPECT_EQ(least.config.rule_source, expected);
  files.write("main.toml", rest +
                               "[rule_source]\naddress = \"unix:/run/in.sock\"\nbase = \"in\"\noriginator = \"Cme\"\n"
                               "refresh = \"1s\"\nmax_age = \"0s\"\ntimeout = \"2s\"\nmax_rules = 7\n");
  const LoadResult all = files.load();
  ASSERT_TRUE(all.errors.empty());
  EXPECT_EQ(all.config.rule_source, (RuleSourceSettings{false,
                                                        {"", 0, "/run/in.sock"},
                                                        false,
                                                        "in",
                                                        "Cme",
                                                        Milliseconds(1000),
                                                        Milliseconds(0),
                                                        Milliseconds(2000),
                                                        7}));
}

TEST(ConfigLoader, WarnsOfRulesThatNobodyAsks) {
  const std::string source = "[rule_source]\naddress = \"http://127.0.0.1:8081\"\n";
  const std::string rule = "[[app_rule]]\napp_ids = [\"*\"]\naes = [\"C*\"]\n";
  for (const auto& [text, what] :
       {std::pair{rule + source, "nobody asks there"},
        std::pair{"[registration]\napp_rules = \"off\"\n" + source, "nobody asks there"},
        std::pair{"[registration]\napp_rules = \"fetched\"\n" + source + rule, "this rule is not asked"}}) {
    MemoryFiles files;
    files.write("main.toml", std::string(testing::kCse) + testing::kListener + testing::kPsk + text);
    const LoadResult result = files.load();
    ASSERT_TRUE(result.errors.empty()) << text;
    ASSERT_EQ(result.warnings.size(), 1u) << text;
    EXPECT_NE(result.warnings.front().text().find(what), std::string::npos) << result.warnings.front().text();
  }
}

TEST(ConfigLoader, ReadsRulesOneALine) {
  MemoryFiles files;
  files.write("main.toml", std::string("app_rule_files = [\"rules.d\"]\n") + testing::kCse + testing::kListener +
                               testing::kPsk +
                               "[[app_rule]]\ncredentials = [\"*\"]\napp_ids = [\"*\"]\naes = [\"S*\"]\n");
  files.write("rules.d/1", "# devices\r\n12-a@sp.example.com,None\t N*,R01.*  Ca\r\n\n");
  files.write("rules.d/2", " 33-*,34-urn:* * C1*,S2", true);  // no secret
  const Config config = loaded(files);
  EXPECT_EQ(config.registration.app_rules, RegistrationSettings::Rules::File);
  const auto texts = [](const std::vector<identity::Pattern>& patterns) {
    std::string text;
    for (const identity::Pattern& pattern : patterns) text += pattern.text() + " ";
    return text;
  };
  std::string all;
  for (const identity::AppRule& rule : config.app_rules)
    all += texts(rule.credentials) + (rule.without_association ? "none " : "") + "| " + texts(rule.app_ids.patterns()) +
           "| " + texts(rule.stems.patterns()) + "| " + rule.origin + "\n";
  EXPECT_EQ(all,
            "* | * | S* | main.toml:14\n"
            "12-a@sp.example.com none | N* R01.* | Ca | rules.d/1:2\n"
            "33-* 34-urn:* | * | C1* S2 | rules.d/2:1\n");
}

// Nobody may register then, which is not what no rules at all mean.
TEST(ConfigLoader, AsksRulesOfAFileThatHoldsNone) {
  MemoryFiles files;
  files.write("main.toml",
              std::string("app_rule_files = [\"rules\"]\n") + testing::kCse + testing::kListener + testing::kPsk);
  files.write("rules", "# none yet\n");
  const Config config = loaded(files);
  EXPECT_EQ(config.registration.app_rules, RegistrationSettings::Rules::File);
  EXPECT_TRUE(config.app_rules.empty());
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

TEST(ConfigLoader, ReadsPskFilesWithIdentities) {
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

TEST(ConfigLoader, WarnsOfAPskPatternThatMatchesNothing) {
  MemoryFiles files;
  files.write("main.toml", "psk_files = [\"psk.d/*\"]\n" + minimal());
  const LoadResult result = files.load();
  EXPECT_TRUE(result.errors.empty()) << all_text(result.errors);
  EXPECT_THAT(all_text(result.warnings), HasSubstr("main.toml:1:14: psk_files[0]: no file matches \"psk.d/*\""));
}

TEST(ConfigLoader, RefusesMoreThanTenThousandPskFiles) {
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
