// [[certificate]], [[raw_key]], [trust], [[trusted_key]]: what saproxy shows and what it believes.
#include <array>

#include "identity/certificate.h"
#include "identity/domain_name.h"
#include "policy/config_load.h"
#include "policy/config_pem.h"

namespace saproxy::policy {

using identity::Certificate;
using identity::Secret;

namespace {

constexpr std::size_t kLargestPemFile = 16u << 20;
constexpr std::string_view kEncrypted = "ENCRYPTED PRIVATE KEY";
constexpr std::array<std::string_view, 4> kPrivateKey = {"PRIVATE KEY", "EC PRIVATE KEY", "RSA PRIVATE KEY",
                                                         kEncrypted};
constexpr std::array<std::string_view, 1> kPublicKey = {"PUBLIC KEY"};
constexpr std::array<std::string_view, 1> kCertificate = {"CERTIFICATE"};
constexpr std::array<std::string_view, 1> kCrl = {"X509 CRL"};
constexpr std::int64_t kDay = 86'400;
constexpr std::int64_t kSoon = 30 * kDay;

// Blocks of a PEM file; an error at `path` and nothing when there are none.
std::vector<PemBlock> blocks_of(const PlacedText& path, std::span<const std::string_view> labels, Secrecy secrecy,
                                LoadState& state) {
  const auto content = state.read(path, secrecy, kLargestPemFile);
  if (!content) return {};
  auto blocks = read_pem_blocks(content->text(), labels);
  const std::string mend = "name a PEM file with -----BEGIN " + std::string(labels.front()) + "-----";
  if (!blocks) {
    state.diagnostics.error(path.place, "\"" + state.resolve(path) + "\": " + blocks.error().detail, mend);
    return {};
  }
  if (blocks->empty())
    state.diagnostics.error(path.place, "\"" + state.resolve(path) + "\" holds no " + std::string(labels.front()),
                            mend);
  return std::move(*blocks);
}

Secret private_key_of(const PlacedText& path, LoadState& state) {
  Secret key;
  auto blocks = blocks_of(path, kPrivateKey, Secrecy::Secret, state);
  if (blocks.size() > 1) {
    state.diagnostics.error(path.place, "holds more than one private key", "keep one of them");
  } else if (blocks.size() == 1 && blocks.front().label == kEncrypted) {
    state.diagnostics.error(path.place, "the private key is encrypted",
                            "decrypt it (openssl pkey) and protect the file by its permissions");
  } else if (blocks.size() == 1) {
    key = Secret(identity::as_bytes(blocks.front().pem));
  }
  for (PemBlock& block : blocks) wipe(block);
  return key;
}

// One certificate of a file, or an error at `path`. `what` is "certificate 1" for people.
std::optional<Certificate> certificate_of(const PemBlock& block, const std::string& what, const PlacedText& path,
                                          LoadState& state) {
  auto certificate = identity::parse_certificate(block.der);
  if (certificate) return std::move(*certificate);
  state.diagnostics.error(path.place, what + " of \"" + state.resolve(path) + "\": " + certificate.error().detail,
                          "replace it by a valid X.509 certificate");
  return std::nullopt;
}

void check_validity(const Certificate& certificate, const std::string& what, const PlacedText& path, LoadState& state) {
  const std::string named = what + " of \"" + state.resolve(path) + "\" ";
  if (certificate.not_after <= state.now) {
    state.diagnostics.error(
        path.place, named + "expired " + std::to_string((state.now - certificate.not_after) / kDay) + " days ago",
        "renew it");
  } else if (certificate.not_before > state.now) {
    state.diagnostics.error(path.place, named + "is not valid yet", "wait, set the clock, or issue it anew");
  } else if (certificate.not_after - state.now < kSoon) {
    state.diagnostics.warning(
        path.place, named + "expires in " + std::to_string((certificate.not_after - state.now) / kDay) + " days",
        "renew it");
  }
}

std::vector<std::string> dns_names_of(const Certificate& certificate) {
  std::vector<std::string> names;
  for (const identity::AltName& name : certificate.alt_names) {
    if (name.kind == identity::AltName::Kind::Dns && identity::is_domain_name(name.text()))
      names.push_back(identity::to_lower_ascii(name.text()));
  }
  return names;
}

// Spec: TS-0003 10.1.1.1 (P-256, digitalSignature). The registree decides, so a departure is a warning.
void check_profile(const Certificate& leaf, const PlacedText& path, LoadState& state) {
  const std::string mend = "issue a P-256 certificate with keyUsage digitalSignature for it";
  if (leaf.key != identity::KeyAlgorithm::EcP256)
    state.diagnostics.warning(path.place, "the key of the certificate is not P-256 (TS-0003 10.1.1.1)", mend);
  if (leaf.is_ca)
    state.diagnostics.error(path.place, "the first certificate is that of a CA",
                            "put the server's own certificate first");
}

void read_chain(const PlacedText& path, ServerCertificate& certificate, LoadState& state) {
  const auto blocks = blocks_of(path, kCertificate, Secrecy::Public, state);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const std::string what = "certificate " + std::to_string(i + 1);
    certificate.chain_pem += blocks[i].pem;
    const auto parsed = certificate_of(blocks[i], what, path, state);
    if (!parsed) continue;
    check_validity(*parsed, what, path, state);
    if (i == 0) {
      certificate.not_after = parsed->not_after;
      certificate.server_names = dns_names_of(*parsed);
      for (const std::string& name : certificate.server_names) state.own_names.emplace_back(name, path.place);
      check_profile(*parsed, path, state);
    } else {
      certificate.not_after = std::min(certificate.not_after, parsed->not_after);
    }
  }
}

void read_server_names(TableReader& reader, ServerCertificate& certificate, LoadState& state) {
  const auto names = reader.texts("server_names");
  if (!reader.has("server_names")) return;
  certificate.server_names.clear();
  for (const PlacedText& name : names) {
    if (identity::is_domain_name(name.value))
      certificate.server_names.push_back(identity::to_lower_ascii(name.value));
    else
      state.diagnostics.error(name.place, "\"" + name.value + "\" is not a domain name",
                              "write letters, digits, '-' and dots, no wildcard");
  }
}

void add_trusted_key(TableReader& reader, LoadState& state, const identity::PublicKeyName& name, const Place& place,
                     IdentityKeys identities) {
  const std::string credential_id = "30-" + std::string(name.short_form());
  const auto [existing, fresh] = state.key_places.try_emplace(credential_id, place);
  if (!fresh)
    return reader.error("", "this key is already trusted at " + state.diagnostics.line_of(existing->second),
                        "keep one of the two");
  state.config.trusted_raw_keys.push_back(name);
  if (identities.identities) add_identity(state, credential_id, std::move(*identities.identities), place);
}

std::optional<identity::PublicKeyName> name_of_key_file(const PlacedText& path, LoadState& state) {
  const auto blocks = blocks_of(path, kPublicKey, Secrecy::Public, state);
  if (blocks.empty()) return std::nullopt;
  const auto key = identity::parse_raw_public_key(blocks.front().der);
  if (key && key->key == identity::KeyAlgorithm::EcP256 && blocks.size() == 1)
    return identity::PublicKeyName::of(key->public_key_info);
  state.diagnostics.error(path.place, "\"" + state.resolve(path) + "\" is not one P-256 public key",
                          "write it with openssl pkey -in key.pem -pubout");
  return std::nullopt;
}

}  // namespace

void read_certificate(TableReader& reader, LoadState& state) {
  ServerCertificate certificate;
  const auto name =
      reader.required_text("name", "name the certificate for certificates = [...] of a listener, as name = \"cse\"");
  const auto chain = reader.required_text(
      "chain_file", "write chain_file = \"cse.crt\": PEM, the certificate of the CSE first, then its CAs");
  const auto key = reader.required_text("key_file", "write key_file = \"cse.key\": the private key in PEM");
  if (chain) read_chain(*chain, certificate, state);
  if (key) certificate.private_key_pem = private_key_of(*key, state);
  read_server_names(reader, certificate, state);
  if (!name || !state.claim_name("certificate", *name)) return;
  certificate.name = name->value;
  state.config.certificates.push_back(std::move(certificate));
}

void read_raw_key(TableReader& reader, LoadState& state) {
  const auto name = reader.required_text("name", "name the key for raw_key of a listener, as name = \"own\"");
  const auto key_file = reader.required_text("key_file", "write key_file = \"own.key\": a P-256 private key in PEM");
  OwnRawKey key;
  if (key_file) key.private_key_pem = private_key_of(*key_file, state);
  if (!name || !state.claim_name("raw_key", *name)) return;
  key.name = name->value;
  state.config.raw_keys.push_back(std::move(key));
}

void read_trust(TableReader& reader, LoadState& state) {
  for (const PlacedText& path : reader.texts("anchors")) {
    state.tables.try_emplace("trust.anchors", path.place);
    const auto blocks = blocks_of(path, kCertificate, Secrecy::Public, state);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      const std::string what = "certificate " + std::to_string(i + 1);
      const auto parsed = certificate_of(blocks[i], what, path, state);
      if (!parsed) continue;
      if (!parsed->is_ca)
        state.diagnostics.error(path.place, what + " of \"" + state.resolve(path) + "\" is not that of a CA",
                                "name the certificate of the CA");
      check_validity(*parsed, what, path, state);
      state.config.trust_anchors_pem.push_back(blocks[i].pem);
    }
  }
  for (const PlacedText& path : reader.texts("crls")) {
    for (const PemBlock& block : blocks_of(path, kCrl, Secrecy::Public, state))
      state.config.crls_pem.push_back(block.pem);
  }
  reader.boolean("require_crl", state.config.require_crl);
  if (state.config.require_crl && state.config.crls_pem.empty()) {
    reader.error("require_crl", "no CRL is given, so every certificate would be refused",
                 "name the CRL of each CA in crls = [...]");
  }
  reader.table("ocsp", [&state](TableReader& ocsp) { read_ocsp(ocsp, state); });
}

void read_trusted_key(TableReader& reader, LoadState& state) {
  const auto written = reader.text("name");
  const auto key_file = reader.text("key_file");
  IdentityKeys identities = read_identities(reader);
  const std::string mend = "write name = \"sha-256;...\" (saproxy inspect prints it) or key_file = \"node7.pub\"";
  if (reader.has("name") == reader.has("key_file"))
    return reader.error("", "has neither or both of name and key_file", mend);
  if (key_file) {
    if (const auto name = name_of_key_file(*key_file, state))
      add_trusted_key(reader, state, *name, key_file->place, std::move(identities));
  } else if (written) {
    const auto name = identity::PublicKeyName::parse(written->value);
    if (name)
      add_trusted_key(reader, state, *name, written->place, std::move(identities));
    else
      reader.error("name", "is not an RFC 6920 name: " + name.error().detail, mend);
  }
}

}  // namespace saproxy::policy
