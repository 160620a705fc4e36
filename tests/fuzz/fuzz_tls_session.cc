// A whole TlsSession with PSK and raw public keys, fed with anything in pieces: no crash, never established.
#include <cstdlib>

#include "proxy/session/tls_session.h"
#include "proxy/session/wolfssl_library.h"

#include <wolfssl/wolfcrypt/asn_public.h>
#include <wolfssl/wolfcrypt/ecc.h>

namespace {

using namespace saproxy;

class Judge : public proxy::CredentialJudge {
 public:
  KeyAnswer find_key(const identity::PskIdentity& identity) override {
    if (identity.text().size() % 3 == 0) return Later{};
    if (identity.text().size() % 3 == 1) return Unknown{};
    return &key_;
  }
  identity::ProfileVerdict judge(const identity::Certificate&, std::span<const identity::Certificate>) override {
    return {};
  }
  std::vector<identity::ProfileViolation> judge_key(const identity::RawPublicKey&) override { return {}; }
  bool trusts(const identity::RawPublicKey&) override { return true; }
  std::optional<proxy::HandshakeFailure> admit(const identity::Credential&) override { return std::nullopt; }

 private:
  const identity::Secret key_{std::vector<std::uint8_t>(16, 5)};
};

std::string a_private_key() {
  WC_RNG random;
  ecc_key key;
  unsigned char der[256], pem[512];
  if (wc_InitRng(&random) != 0 || wc_ecc_init(&key) != 0 || wc_ecc_make_key_ex(&random, 32, &key, ECC_SECP256R1) != 0)
    abort();
  const int der_size = wc_EccKeyToDer(&key, der, sizeof der);
  const int pem_size = wc_DerToPem(der, static_cast<word32>(der_size), pem, sizeof pem, ECC_PRIVATEKEY_TYPE);
  if (pem_size <= 0) abort();
  wc_ecc_free(&key);
  wc_FreeRng(&random);
  return {reinterpret_cast<const char*>(pem), static_cast<std::size_t>(pem_size)};
}

std::shared_ptr<const proxy::ContextSet> contexts() {
  static const auto made = [] {
    if (!proxy::initialise_wolfssl()) abort();
    policy::Config config;
    config.cse.id = *identity::CseId::parse("/cse1");
    config.cse.sp = *identity::SpId::parse("//sp.example.com");
    const std::string pem = a_private_key();
    config.raw_keys.push_back(
        {"raw", identity::Secret({reinterpret_cast<const std::uint8_t*>(pem.data()), pem.size()})});
    policy::ListenerSettings listener;
    listener.certificates = false;
    listener.raw_key_name = "raw";
    listener.tls.tls13 = true;
    auto result = proxy::ContextSet::make(config, listener);
    if (!result) abort();
    return *result;
  }();
  return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  Judge judge;
  proxy::TlsSession session(contexts(), judge);
  proxy::CipherOutput out;
  const std::size_t piece = 1u + data[0] * 4u;
  const identity::Secret key(std::vector<std::uint8_t>(16, 5));
  for (std::size_t at = 1; at < size; at += piece) {
    session.receive({data + at, std::min(piece, size - at)}, out);
    session.hold();
    if (session.state() == proxy::TlsSession::State::AwaitKey && (at & 1) != 0)
      session.key_arrived((at & 2) != 0 ? &key : nullptr, out);
  }
  if (session.state() == proxy::TlsSession::State::Established) abort();
  session.close(out);
  return 0;
}
