// Certificates from hostile peers: reader, profile, resolver, inspection and PEM, on the same bytes.

#include "identity/certificate_profile.h"
#include "identity/inspect.h"
#include "identity/pem.h"
#include "identity/resolver.h"
#include "tests/fuzz/require.h"

using saproxy::fuzz::require;
using namespace saproxy::identity;

namespace {

void judge(const Certificate& leaf, const ProfileSwitches& switches) {
  const LocalEntity local{
      *SpId::parse("sp.example.com"), *CseId::parse("/cse1"), {{"gw.example.net", *CseId::parse("/gw")}}};
  // The certificate as its own issuer: its name constraints get read and applied.
  const auto verdict = judge_certificate(leaf, std::span(&leaf, 1), local, switches, PeerRole::Client, 1'800'000'000);
  if (!verdict.name) return require(!verdict.violations.empty());
  const auto& name = *verdict.name;
  require(CredentialId::parse(name.credential_id.text()).has_value());
  require(name.ae_id.has_value() == (name.flavour == CertificateFlavour::AeId));
  require(name.cse_id.has_value() == (name.flavour == CertificateFlavour::CseId));
  const auto resolution = resolve(ProvenCertificate{name, leaf.not_after}, local, Sources{.configured = {}});
  if (const auto* resolved = std::get_if<Resolved>(&resolution)) {
    require(resolved->source == IdentitySource::Certificate);
    require(!name.ae_id || name.ae_id->sp == local.sp);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView der(data, size);
  const auto certificate = parse_certificate(der);
  if (certificate) {
    require(classify_peer_key(der) == PeerKeyForm::X509);
    judge(*certificate, {});
    judge(*certificate, {true, true, true, true, true});
  }
  const auto key = parse_raw_public_key(der);
  if (key) require(classify_peer_key(der) == PeerKeyForm::RawPublicKey && !certificate);
  for (const char c : describe_certificate(der, {}, nullptr, 1'800'000'000))
    require(c == '\n' || (c >= ' ' && c <= '~'));
  (void)decode_pem_or_der(der, "CERTIFICATE");
  return 0;
}
