// [egress] and [registrar] of the configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/policy/config_files.h"

namespace saproxy::policy {
namespace {

using namespace std::chrono_literals;
using testing::all_text;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::MemoryFiles;

constexpr const char* kEgress = "[egress]\nlisten = \"127.0.0.1:7001\"\n";
constexpr const char* kRegistrar =
    "[registrar]\naddress = \"https://in.example.com:8443\"\ncse_id = \"/in-cse\"\nlisten = \"127.0.0.1:7002\"\n";

LoadResult load(const std::string& tables, const std::string& cse = "") {
  return MemoryFiles()
      .write("main.toml", tables + testing::kCse + cse + testing::kListener + testing::kPsk + testing::kCertificate +
                              testing::kTrust + "[[raw_key]]\nname = \"own\"\nkey_file = \"cse.key\"\n")
      .load();
}

EgressSettings egress(const std::string& lines, const std::string& cse = "") {
  const LoadResult result = load(kEgress + lines, cse);
  EXPECT_TRUE(result.errors.empty()) << all_text(result.errors);
  return result.config.egress.value_or(EgressSettings{});
}

RegistrarSettings registrar(const std::string& lines) {
  const LoadResult result = load(kRegistrar + lines);
  EXPECT_TRUE(result.errors.empty()) << all_text(result.errors);
  return result.config.registrar.value_or(RegistrarSettings{});
}

TEST(Egress, IsAbsentWhenNotWritten) {
  const LoadResult result = load("");
  EXPECT_TRUE(result.errors.empty()) << all_text(result.errors);
  EXPECT_FALSE(result.config.egress);
  EXPECT_FALSE(result.config.registrar);
}

TEST(Egress, HasDefaults) {
  const EgressSettings settings = egress("");
  EXPECT_EQ(settings.listen.text(), "127.0.0.1:7001");
  EXPECT_EQ(settings.certificate_name, "cse");
  EXPECT_EQ(settings.raw_key_name, "");
  EXPECT_EQ(settings.limits, DialLimits{});
  EXPECT_EQ(settings.limits.dead_for, 1s);
  EXPECT_EQ(settings.ports, (std::vector<PortRange>{{443, 443}, {1024, 65535}}));
  EXPECT_TRUE(settings.deny_own_networks);
  EXPECT_FALSE(settings.plain);
  EXPECT_FALSE(settings.refuse_plain);
  EXPECT_TRUE(egress("refuse_plain = true\n").refuse_plain);
}

TEST(Egress, ReadsEveryKey) {
  const EgressSettings settings = egress(
      "raw_key = \"own\"\ncertificate = \"cse\"\nanswer_timeout = \"2s\"\nconnect_timeout = \"500ms\"\n"
      "handshake_timeout = \"700ms\"\nidle_timeout = \"5m\"\nsession_lifetime = \"2h\"\ndead_for = \"1m\"\nmax_request "
      "= \"64KiB\"\n"
      "max_answer = \"32KiB\"\nmax_waiting = 3\nmax_waiting_total = 30\nmax_connections = 300\n"
      "max_points_of_access = 4\nallow = [\"10.0.0.0/8\", \"::1\"]\ndeny = [\"192.0.2.0/24\"]\n"
      "deny_own_networks = false\nports = [\"443\", \"8000-8999\"]\nplain = true\n"
      "translate_notification_uri = false\nunknown_notification_uri = \"keep\"\n"
      "max_notification_targets = 5\nmax_notification_targets_total = 50\ncse_points_of_access = "
      "[\"http://127.0.0.1:8080\"]\n"
      "public_points_of_access = [\"https://a\", \"coaps://a\"]\n"
      "[egress.tls]\nversions = [\"1.3\"]\nextra_suites = false\nallow = [\"p384\"]\n");
  EXPECT_EQ(settings.raw_key_name, "own");
  EXPECT_EQ(settings.limits, (DialLimits{2s, 500ms, 700ms, 5min, 2h, 1min, 65536, 32768, 3}));
  EXPECT_EQ(settings.max_waiting_total, 30u);
  EXPECT_EQ(settings.max_connections, 300u);
  EXPECT_EQ(settings.max_points_of_access, 4u);
  ASSERT_EQ(settings.allow.size(), 2u);
  EXPECT_EQ(settings.allow[1].text(), "::1/128");
  EXPECT_EQ(settings.deny[0].text(), "192.0.2.0/24");
  EXPECT_FALSE(settings.deny_own_networks);
  EXPECT_EQ(settings.ports, (std::vector<PortRange>{{443, 443}, {8000, 8999}}));
  EXPECT_TRUE(settings.plain);
  EXPECT_FALSE(settings.translate_notification_uri);
  EXPECT_EQ(settings.unknown_target, UnknownTarget::Keep);
  EXPECT_EQ(settings.targets, (TargetBounds{5, 50}));
  EXPECT_THAT(settings.cse_points_of_access, ElementsAre("http://127.0.0.1:8080"));
  EXPECT_THAT(settings.public_points_of_access, ElementsAre("https://a", "coaps://a"));
  EXPECT_FALSE(settings.tls.tls12);
  EXPECT_TRUE(settings.tls.tls13);
  EXPECT_FALSE(settings.tls.extra_suites);
  EXPECT_TRUE(settings.tls.profile.allow_p384);
}

TEST(Egress, ListensOnAUnixSocketForSomeUsers) {
  const LoadResult result = load("[egress]\nlisten = \"unix:/run/egress.sock\"\nallowed_users = [1000, 0]\n");
  ASSERT_TRUE(result.errors.empty()) << all_text(result.errors);
  EXPECT_EQ(result.config.egress->listen.unix_path, "/run/egress.sock");
  EXPECT_THAT(result.config.egress->allowed_users, ElementsAre(1000, 0));
}

// Spec: facts of CSEs: Mobius gives up after 2.5 s, tinyIoT and Mobius4 after 3 s, ACME after 10 s
TEST(Egress, AnswersInTimeForTheCse) {
  const auto budget = [](const std::string& profile) {
    return egress("", "profile = \"" + profile + "\"\n").limits.answer_timeout;
  };
  EXPECT_EQ(budget("mobius"), 2300ms);
  EXPECT_EQ(budget("tinyiot"), 2800ms);
  EXPECT_EQ(budget("mobius4"), 2800ms);
  EXPECT_EQ(budget("acme"), 9s);
  EXPECT_EQ(budget("generic"), 9s);
  EXPECT_EQ(budget("om2m"), 9s);
  EXPECT_EQ(egress("answer_timeout = \"1500ms\"\n", "profile = \"mobius\"\n").limits.answer_timeout, 1500ms);
}

TEST(Registrar, IsReachedWithACertificate) {
  const RegistrarSettings settings = registrar("certificate = \"cse\"\n");
  EXPECT_EQ(settings.address.authority(), "in.example.com:8443");
  EXPECT_EQ(settings.cse_id.sp_relative(), "/in-cse");
  EXPECT_EQ(settings.domain_name, "in-cse.sp.example.com");
  EXPECT_EQ(std::get<RegistrarSettings::Certificate>(settings.credential).name, "cse");
  EXPECT_EQ(registrar("certificate = \"cse\"\ndomain_name = \"In.Example.com\"\n").domain_name, "in.example.com");
  EXPECT_EQ(registrar("certificate = \"cse\"\n[[cse_domain_name]]\nfqdn = \"x.example.com\"\ncse = \"/in-cse\"\n")
                .domain_name,
            "x.example.com");
}

// A PSK that [[psk]] gives to nobody.
const std::string kUpPsk = "[[psk]]\nidentity = \"up@sp.example.com\"\nkey_file = \"strong.psk\"\n";

TEST(Registrar, IsReachedWithAPskOrARawKey) {
  const RegistrarSettings psk = registrar("psk = \"up@sp.example.com\"\n" + kUpPsk);
  EXPECT_EQ(std::get<RegistrarSettings::Psk>(psk.credential).kpsa_id, "up@sp.example.com");
  const std::string name = "sha-256;f4OxZX_x_FO5LcGBSKHWXfwtSx-j1ncoSt3SABJtkGk";
  const RegistrarSettings raw = registrar("raw_key = \"own\"\npeer_raw_key = \"" + name + "\"\n");
  const auto& key = std::get<RegistrarSettings::RawKey>(raw.credential);
  EXPECT_EQ(key.name, "own");
  EXPECT_THAT(key.peer.uri(), HasSubstr(name));
}

// Spec: TS-0003 8.2.1 (SA2: the registrar shows at our listener what it proves in SA1)
TEST(Registrar, IsKnownAtTheListenersByItsCredential) {
  const auto cse_of = [](const Config& config, const std::string& credential) -> std::string {
    const auto found = config.identities.find(credential);
    if (found == config.identities.end()) return "nobody";
    const auto* cse = std::get_if<identity::CseId>(&found->second.identities);
    return cse == nullptr ? "an AE" : cse->sp_relative();
  };
  const LoadResult psk = load(kRegistrar + std::string("psk = \"up@sp.example.com\"\n") + kUpPsk);
  EXPECT_TRUE(psk.errors.empty()) << all_text(psk.errors);
  EXPECT_EQ(cse_of(psk.config, "12-up@sp.example.com"), "/in-cse");
  EXPECT_THAT(all_text(psk.warnings), ::testing::Not(HasSubstr("has no identity")));
  EXPECT_TRUE(
      load(kRegistrar + std::string("psk = \"up@sp.example.com\"\n") + kUpPsk + "cse = \"/in-cse\"\n").errors.empty());

  const std::string name = "sha-256-128;f4OxZX_x_FO5LcGBSKHWXQ";
  const LoadResult raw = load(kRegistrar + ("raw_key = \"own\"\npeer_raw_key = \"" + name + "\"\n"));
  EXPECT_TRUE(raw.errors.empty()) << all_text(raw.errors);
  EXPECT_EQ(cse_of(raw.config, "30-" + name), "/in-cse");
  ASSERT_EQ(raw.config.trusted_raw_keys.size(), 1u);
  EXPECT_EQ(raw.config.trusted_raw_keys[0].short_form(), name);

  const LoadResult certificate =
      load(kRegistrar + std::string("certificate = \"cse\"\ndomain_name = \"in.example.com\"\n"));
  EXPECT_EQ(certificate.config.cse_domain_names.at("in.example.com").sp_relative(), "/in-cse");
}

// Spec: TS-0001 6.5.1.1
TEST(Registrar, TellsUnderWhichNameMnCsesAre) {
  const auto name = [](const std::string& lines) { return load(kRegistrar + lines).config.in_domain_name; };
  EXPECT_EQ(load("").config.in_domain_name, "");
  EXPECT_EQ(name("certificate = \"cse\"\n"), "in-cse.sp.example.com");
  EXPECT_EQ(name("psk = \"up@sp.example.com\"\n" + kUpPsk), "in-cse.sp.example.com");
  EXPECT_EQ(name("certificate = \"cse\"\ndomain_name = \"mn2.in.sp.example.com\"\n"), "in.sp.example.com");
  EXPECT_EQ(name("certificate = \"cse\"\ndomain_name = \"mn3.mn2.in.sp.example.com\"\n"), "in.sp.example.com");
  EXPECT_EQ(name("certificate = \"cse\"\ndomain_name = \"in.example.net\"\n"), "in.example.net");
}

struct Wrong {
  const char* name;
  std::string text;
  const char* error;
};
class EgressError : public ::testing::TestWithParam<Wrong> {};
TEST_P(EgressError, IsToldWithItsPlace) {
  const LoadResult result = load(GetParam().text);
  EXPECT_THAT(all_text(result.errors), HasSubstr(GetParam().error));
}
std::string with(const std::string& lines) { return kEgress + lines + "\n"; }
std::string to(const std::string& lines) { return kRegistrar + lines + "\n"; }
INSTANTIATE_TEST_SUITE_P(
    Rows, EgressError,
    ::testing::Values(
        Wrong{"NoListen", "[egress]\n", "main.toml:1:1: egress.listen: is missing"},
        Wrong{"NotLoopback", "[egress]\nlisten = \"0.0.0.0:7001\"\n",
              "main.toml:2:10: egress.listen: is not on this machine"},
        Wrong{"ListenIsUrl", "[egress]\nlisten = \"http://127.0.0.1:1\"\n", "main.toml:2:10: egress.listen:"},
        Wrong{"UsersOnTcp", with("allowed_users = [1]"), "main.toml:3:17: egress.allowed_users: a TCP port"},
        Wrong{"UserIsName", with("allowed_users = [\"cse\"]"),
              "main.toml:3:18: egress.allowed_users[0]: expected an int"},
        Wrong{"UserOutOfRange", with("allowed_users = [-1]"), "main.toml:3:18: egress.allowed_users[0]: -1 is out of"},
        Wrong{"UsersNoList", with("allowed_users = 1"), "main.toml:3:17: egress.allowed_users: expected an array"},
        Wrong{"UnknownCertificate", with("certificate = \"x\""), "main.toml:3:15: egress.certificate: there is no"},
        Wrong{"UnknownRawKey", with("raw_key = \"x\""), "main.toml:3:11: egress.raw_key: there is no [[raw_key]]"},
        Wrong{"BadRange", with("allow = [\"10.0.0.1/8\"]"),
              "main.toml:3:10: egress.allow[0]: \"10.0.0.1/8\" is no address range: has bits behind its prefix; the "
              "range is 10.0.0.0/8"},
        Wrong{"BadPort", with("ports = [\"443\", \"0\"]"),
              "main.toml:3:17: egress.ports[1]: \"0\" is no range of ports"},
        Wrong{"PortsBackwards", with("ports = [\"9-8\"]"), "main.toml:3:10: egress.ports[0]:"},
        Wrong{"PortWithPath", with("ports = [\"9/x\"]"), "main.toml:3:10: egress.ports[0]:"},
        Wrong{"NoPorts", with("ports = []"), "main.toml:3:9: egress.ports: names no port"},
        Wrong{"TooManyPoints", with("max_points_of_access = 65"), "main.toml:3:24: egress.max_points_of_access:"},
        Wrong{"UnknownTargets", with("unknown_notification_uri = \"drop\""), "egress.unknown_notification_uri: "},
        Wrong{"PlainServedAndRefused", with("plain = true\nrefuse_plain = true"),
              "egress.refuse_plain: contradicts plain"},
        Wrong{"PointsAlone", with("cse_points_of_access = [\"http://h\"]"),
              "egress.cse_points_of_access: says nothing"},
        Wrong{"PublicAlone", with("public_points_of_access = [\"https://h\"]"), "egress.public_points_of_access: says"},
        Wrong{"BadPoint", with("cse_points_of_access = [\"http://h\"]\npublic_points_of_access = [\"h\"]"),
              "main.toml:4:28: egress.public_points_of_access[0]: \"h\": does not begin with"},
        Wrong{"Unknown", with("plan = true"), "main.toml:3:1: egress.plan: unknown key; did you mean \"plain\"?"},
        Wrong{"PreferIsForListeners", with("[egress.tls]\nprefer = \"psk\""), "egress.tls.prefer: unknown key"},
        Wrong{"SameAsCse", "[egress]\nlisten = \"127.0.0.1:8080\"\n",
              "main.toml:2:10: egress.listen: the same address and port as the CSE"},
        Wrong{"SameAsListener", "[egress]\nlisten = \"127.0.0.1:8443\"\n",
              "main.toml:2:10: egress.listen: the same address and port as the listener at"},
        Wrong{"SameAsAdmin", "[egress]\nlisten = \"127.0.0.1:9\"\n[admin]\naddress = \"127.0.0.1:9\"\n",
              "main.toml:2:10: egress.listen: the same address and port as the admin listener"},
        Wrong{"SameAsRegistrar",
              with("[registrar]\naddress = \"https://h\"\ncse_id = \"/in\"\nlisten = \"127.0.0.1:7001\"\npsk = "
                   "\"ae1@sp.example.com\""),
              "main.toml:6:10: registrar.listen: the same address and port as [egress]"},
        Wrong{"RegistrarNeedsAll", "[registrar]\n", "main.toml:1:1: registrar.address: is missing"},
        Wrong{"RegistrarInTheClear", "[registrar]\naddress = \"http://h\"\n",
              "main.toml:2:11: registrar.address: is not https"},
        Wrong{"RegistrarWithPath", "[registrar]\naddress = \"https://h/x\"\n",
              "main.toml:2:11: registrar.address: a path"},
        Wrong{"RegistrarIsUs",
              "[registrar]\naddress = \"https://h\"\ncse_id = \"/cse1\"\nlisten = \"127.0.0.1:7002\"\n",
              "cse_id is that of the CSE behind saproxy"},
        Wrong{"BadCseId", "[registrar]\naddress = \"https://h\"\ncse_id = \"in\"\n",
              "main.toml:3:10: registrar.cse_id:"},
        Wrong{"NoCredential", kRegistrar, "main.toml:1:1: registrar: has no credential"},
        Wrong{"TwoCredentials", to("psk = \"ae1@sp.example.com\"\ncertificate = \"cse\""),
              "main.toml:1:1: registrar: has more than one credential"},
        Wrong{"UnknownPsk", to("psk = \"x@sp.example.com\""), "main.toml:5:7: registrar.psk: there is no [[psk]]"},
        Wrong{"PskOfAnother", to("psk = \"ae1@sp.example.com\""),
              "main.toml:5:7: registrar.psk: 12-ae1@sp.example.com is given to somebody else at main.toml:"},
        Wrong{"PskOfAnotherCse", to("psk = \"up@sp.example.com\"") + kUpPsk + "cse = \"/mn1\"\n",
              "main.toml:5:7: registrar.psk: 12-up@sp.example.com is given to somebody else at main.toml:"},
        Wrong{"NameOfAnother",
              to("certificate = \"cse\"\ndomain_name = \"x.example.com\"\n[[cse_domain_name]]\nfqdn = "
                 "\"x.example.com\"\ncse = \"/mn1\""),
              "registrar.listen: x.example.com stands for /mn1 already"},
        Wrong{"TwoNames",
              to("certificate = \"cse\"\n[[cse_domain_name]]\nfqdn = \"x.example.com\"\ncse = \"/in-cse\"\n"
                 "[[cse_domain_name]]\nfqdn = \"y.example.com\"\ncse = \"/in-cse\""),
              "registrar.listen: /in-cse has more than one [[cse_domain_name]]"},
        Wrong{"NoPeerKey", to("raw_key = \"own\""), "main.toml:1:1: registrar.peer_raw_key: is missing"},
        Wrong{"PeerKeyAlone", to("psk = \"ae1@sp.example.com\"\npeer_raw_key = \"x\""),
              "main.toml:6:16: registrar.peer_raw_key: is there without raw_key"},
        Wrong{"BadPeerKey", to("raw_key = \"own\"\npeer_raw_key = \"x\""),
              "registrar.peer_raw_key: is not an RFC 6920"},
        Wrong{"BadName", to("certificate = \"cse\"\ndomain_name = \"*.x\""),
              "main.toml:6:15: registrar.domain_name: \"*.x\" is not a domain name"},
        Wrong{"NoDerivedName",
              "[registrar]\naddress = \"https://h\"\ncse_id = \"/in_cse\"\nlisten = \"127.0.0.1:7002\"\ncertificate = "
              "\"cse\"\n",
              "main.toml:4:10: registrar.listen: /in_cse gives no domain name"}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(Egress, WarnsOfThePlainAndOfTheHasty) {
  EXPECT_THAT(all_text(load(with("plain = true")).warnings), HasSubstr("egress.plain: requests go to http://"));
  EXPECT_THAT(all_text(load(with("answer_timeout = \"900ms\"")).warnings), HasSubstr("answer_timeout is over before"));
}

}  // namespace
}  // namespace saproxy::policy
