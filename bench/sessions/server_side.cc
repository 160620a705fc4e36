#include "bench/sessions/server_side.h"

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>

namespace saproxy::bench {
namespace {

[[noreturn]] void give_up(const std::string& why) {
  std::fprintf(stderr, "bench: %s\n", why.c_str());
  std::exit(1);
}

policy::Config configuration(const std::string& pki) {
  policy::Config config;
  if (pki.empty()) return config;
  policy::ServerCertificate own;
  own.name = "server";
  own.chain_pem = text_of(pki, "server.crt");
  const std::string key = text_of(pki, "server.key");
  own.private_key_pem = identity::Secret({reinterpret_cast<const std::uint8_t*>(key.data()), key.size()});
  config.certificates.push_back(std::move(own));
  config.trust_anchors_pem = {text_of(pki, "root.crt")};
  return config;
}

policy::ListenerSettings listener_for(const std::string& pki) {
  policy::ListenerSettings listener;
  listener.name = "bench";
  listener.psk = pki.empty();
  listener.certificates = !pki.empty();
  listener.raw_public_keys = false;
  if (!pki.empty()) listener.certificate_names = {"server"};
  return listener;
}

}  // namespace

std::string text_of(const std::string& folder, const std::string& file) {
  std::ifstream stream(folder + "/" + file);
  if (!stream) give_up("cannot read " + folder + "/" + file);
  return {std::istreambuf_iterator<char>(stream), {}};
}

ServerSide::ServerSide(const std::string& pki)
    : local_{*identity::SpId::parse("//sp.example.com"), *identity::CseId::parse("/cse1"), {}} {
  if (const auto ready = proxy::initialise_wolfssl(); !ready) give_up(ready.error().detail);
  auto made = proxy::ContextSet::make(configuration(pki), listener_for(pki));
  if (!made) give_up(made.error().detail);
  contexts_ = *made;
}

std::unique_ptr<proxy::TlsSession> ServerSide::new_session() {
  return std::make_unique<proxy::TlsSession>(contexts_, *this);
}

proxy::CredentialJudge::KeyAnswer ServerSide::find_key(const identity::PskIdentity& identity) {
  if (identity.text() != kPskIdentity) return Unknown{};
  return &key_;
}

identity::ProfileVerdict ServerSide::judge(const identity::Certificate& leaf,
                                           std::span<const identity::Certificate> issuers) {
  return identity::judge_certificate(leaf, issuers, local_, {}, identity::PeerRole::Client, std::time(nullptr));
}

std::vector<identity::ProfileViolation> ServerSide::judge_key(const identity::RawPublicKey&) { return {}; }

bool ServerSide::trusts(const identity::RawPublicKey&) { return false; }

std::optional<proxy::HandshakeFailure> ServerSide::admit(const identity::Credential&) { return {}; }

}  // namespace saproxy::bench
