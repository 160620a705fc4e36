#include "tests/support/session_fixture.h"

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>

#include "identity/pem.h"
#include "proxy/session/context_set.h"

namespace saproxy::tests {

DemoPki::DemoPki() {
  char name[] = "/tmp/saproxy-session-XXXXXX";
  if (mkdtemp(name) == nullptr) throw std::runtime_error("mkdtemp");
  folder_ = std::string(name) + "/pki";
  const std::string command = std::string(SAPROXY_SOURCE_DIR) + "/deploy/demo-pki " + folder_ + " >/dev/null 2>&1 && " +
                              std::string(SAPROXY_SOURCE_DIR) + "/deploy/demo-pki " + folder_ +
                              " --revoke ae-s >/dev/null 2>&1";
  if (std::system(command.c_str()) != 0) throw std::runtime_error("deploy/demo-pki failed");
}

DemoPki::~DemoPki() {
  std::error_code ignored;
  std::filesystem::remove_all(std::filesystem::path(folder_).parent_path(), ignored);
}

const DemoPki& DemoPki::instance() {
  static const DemoPki pki;
  return pki;
}

std::string DemoPki::text(const std::string& file) const {
  std::ifstream stream(folder_ + "/" + file);
  if (!stream) throw std::runtime_error("no " + file + " in the demonstration PKI");
  return {std::istreambuf_iterator<char>(stream), {}};
}

Bytes DemoPki::der_of(const std::string& pem_file, const std::string& label) const {
  return identity::decode_pem(text(pem_file), label)->front();
}

proxy::CredentialJudge::KeyAnswer FakeJudge::find_key(const identity::PskIdentity& identity) {
  asked_for = identity.text();
  if (keys_come_later) return Later{};
  const auto found = keys.find(identity.text());
  if (found == keys.end()) return Unknown{};
  return &found->second;
}

identity::ProfileVerdict FakeJudge::judge(const identity::Certificate& leaf,
                                          std::span<const identity::Certificate> issuers) {
  issuers_seen = issuers.size();
  const identity::LocalEntity local{*identity::SpId::parse("//sp.example.com"), *identity::CseId::parse("/cse1"), {}};
  return identity::judge_certificate(leaf, issuers, local, switches, role, std::time(nullptr));
}

std::vector<identity::ProfileViolation> FakeJudge::judge_key(const identity::RawPublicKey&) { return key_violations; }

bool FakeJudge::trusts(const identity::RawPublicKey& key) {
  for (const auto& name : trusted) {
    if (name.names(key.public_key_info)) return true;
  }
  return false;
}

std::optional<proxy::HandshakeFailure> FakeJudge::admit(const identity::Credential&) {
  ++admissions;
  return refusal;
}

namespace {

policy::CseSettings a_cse() {
  return {.id = *identity::CseId::parse("/cse1"),
          .sp = *identity::SpId::parse("//sp.example.com"),
          .base_name = {},
          .address = {},
          .denied_originators = {}};
}

policy::Config empty_config() {
  policy::Config config;
  config.cse = a_cse();
  return config;
}

}  // namespace

SessionSetup::SessionSetup() : config(empty_config()) {
  const DemoPki& pki = DemoPki::instance();
  policy::ServerCertificate own;
  own.name = "server";
  own.chain_pem = pki.text("server.crt");
  const std::string key = pki.text("server.key");
  own.private_key_pem = identity::Secret({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
  own.server_names = {"cse1.sp.example.com"};
  config.certificates.push_back(std::move(own));
  const std::string raw = pki.text("rpk-server.key");
  config.raw_keys.push_back({"raw", identity::Secret({reinterpret_cast<const std::uint8_t*>(raw.data()), raw.size()})});
  config.trust_anchors_pem = {pki.text("root.crt"), pki.text("device-root.crt")};
  listener.name = "test";
  listener.certificate_names = {"server"};
  listener.raw_key_name = "raw";
}

std::shared_ptr<const proxy::ContextSet> SessionSetup::contexts() const {
  auto made = proxy::ContextSet::make(config, listener);
  if (!made) throw std::runtime_error(made.error().detail);
  return *made;
}

ClientSettings psk_client(std::string suites) {
  ClientSettings settings;
  settings.suites = std::move(suites);
  settings.psk_identity = "ae1@sp.example.com";
  settings.psk_key = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
  return settings;
}

ClientSettings certificate_client(const std::string& name, std::string suites) {
  ClientSettings settings;
  settings.suites = std::move(suites);
  settings.chain_pem = DemoPki::instance().text(name + ".crt");
  settings.key_pem = DemoPki::instance().text(name + ".key");
  return settings;
}

ClientSettings raw_key_client(std::string suites) {
  ClientSettings settings;
  settings.suites = std::move(suites);
  settings.raw_key = DemoPki::instance().der_of("rpk-client.pub", "PUBLIC KEY");
  settings.key_pem = DemoPki::instance().text("rpk-client.key");
  return settings;
}

void SessionTest::SetUpTestSuite() { ASSERT_TRUE(proxy::initialise_wolfssl()); }

void SessionTest::SetUp() {
  const auto good = psk_client();
  judge.keys.emplace(good.psk_identity, identity::Secret(good.psk_key));
  judge.trusted.push_back(identity::PublicKeyName::of(DemoPki::instance().der_of("rpk-client.pub", "PUBLIC KEY")));
}

bool Link::shake_hands(std::size_t piece) {
  Bytes to_client;
  for (int turn = 0; turn < 20; ++turn) {
    const Bytes to_server = client.step(to_client);
    all_from_client.insert(all_from_client.end(), to_server.begin(), to_server.end());
    to_client.clear();
    for (std::size_t at = 0; at < to_server.size(); at += std::min(piece, to_server.size() - at)) {
      server.receive(std::span(to_server).subspan(at, std::min(piece, to_server.size() - at)), to_client);
      server.hold();
    }
    if (!to_client.empty()) last_from_server = to_client;
    if (to_server.empty() && to_client.empty()) break;
  }
  return client.is_connected() && server.state() == proxy::TlsSession::State::Established;
}

ReadAll read_all(proxy::TlsSession& session, proxy::CipherOutput& out) {
  Bytes all;
  Bytes piece(16384);
  for (;;) {
    const auto result = session.read(piece, out);
    if (result.status != proxy::TlsSession::ReadStatus::Data) return {std::move(all), result.status};
    all.insert(all.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(result.size));
  }
}

}  // namespace saproxy::tests
