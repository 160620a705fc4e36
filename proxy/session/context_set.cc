#include "proxy/session/context_set.h"

#include <algorithm>
#include <map>

#include "identity/pem.h"
#include "proxy/session/context_builder.h"
#include "proxy/session/revocation.h"

namespace saproxy::proxy {
namespace {

using identity::ErrorCode;
using identity::Result;

constexpr std::uint8_t kX509 = 0;
constexpr std::uint8_t kRawKey = 2;

std::string lower(std::string text) {
  std::ranges::transform(text, text.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; });
  return text;
}

bool lists(const std::vector<std::uint8_t>& types, std::uint8_t type) {
  return std::ranges::find(types, type) != types.end();
}

Result<identity::Certificate> leaf_of(const policy::ServerCertificate& own) {
  const std::string which = "certificate '" + own.name + "': ";
  const auto ders = identity::decode_pem(own.chain_pem, "CERTIFICATE");
  if (!ders) return identity::fail(ders.error().code, which + ders.error().detail);
  auto leaf = identity::parse_certificate(ders->front());
  if (!leaf) return identity::fail(leaf.error().code, which + leaf.error().detail);
  return leaf;
}

}  // namespace

struct ContextSet::Parts {
  bool asks_for_status = false;
  // One of our certificates, and the contexts that show it.
  struct Shown {
    OwnedContext certificate;  // to clients with a certificate
    OwnedContext raw_key;      // to clients with a raw public key
  };
  TrustAnchors anchors;
  std::unique_ptr<const Revocation> revocation;
  bool prefer_psk = true;
  bool tls12 = true;
  bool tls13 = false;
  OwnedContext psk;
  std::vector<Shown> shown;  // the first is the default
  std::map<std::string, std::size_t, std::less<>> by_name;
  OwnedContext raw_key_both;

  [[nodiscard]] Result<bool> add_certificate(const ContextBuilder& builder, const policy::ServerCertificate& own,
                                             const policy::ListenerSettings& listener);
  [[nodiscard]] const Shown& shown_for(const std::string& server_name) const {
    const auto found = by_name.find(server_name);
    return shown[found == by_name.end() ? 0 : found->second];
  }
  [[nodiscard]] std::variant<ContextChoice, HandshakeFailure> choose_certificate(const ClientHello& hello) const;
};

Result<bool> ContextSet::Parts::add_certificate(const ContextBuilder& builder, const policy::ServerCertificate& own,
                                                const policy::ListenerSettings& listener) {
  Shown one;
  SAPROXY_TRY(const identity::Certificate leaf, leaf_of(own));
  if (leaf.key == identity::KeyAlgorithm::Rsa && !listener.tls.profile.allow_rsa) {
    return identity::fail(
        ErrorCode::NotPermitted,
        "certificate '" + own.name + "' has an RSA key, which the profile does not allow; set allow_rsa");
  }
  if (listener.certificates) {
    SAPROXY_TRY(one.certificate, builder.certificate(own));
  }
  if (listener.raw_public_keys) {
    SAPROXY_TRY(one.raw_key, builder.raw_key(own));
  }
  // The certificate that was named first keeps a name.
  for (const std::string& name : own.server_names) by_name.emplace(lower(name), shown.size());
  if (own.server_names.empty()) {
    for (const auto& name : leaf.alt_names) {
      if (name.kind == identity::AltName::Kind::Dns) by_name.emplace(lower(std::string(name.text())), shown.size());
    }
  }
  shown.push_back(std::move(one));
  return true;
}

Result<std::shared_ptr<const ContextSet>> ContextSet::make(const policy::Config& config,
                                                           const policy::ListenerSettings& listener) {
  auto parts = std::make_unique<Parts>();
  const std::string where = "listener '" + listener.name + "': ";
  parts->prefer_psk = listener.tls.prefer_psk;
  parts->tls12 = listener.tls.tls12;
  parts->tls13 = listener.tls.tls13;
  SAPROXY_TRY(parts->anchors, TrustAnchors::make(config.trust_anchors_pem));
  parts->asks_for_status = config.ocsp.mode != policy::OcspSettings::Mode::Off;
  SAPROXY_TRY(parts->revocation, Revocation::make(config.crls_pem, config.require_crl));
  const ContextBuilder builder(listener.tls, parts->anchors, TlsRole::Server);
  if (listener.psk) {
    SAPROXY_TRY(parts->psk, builder.psk());
  }
  if (listener.certificates || listener.raw_public_keys) {
    for (const std::string& name : listener.certificate_names) {
      const auto* own = policy::find_named(config.certificates, name);
      if (own == nullptr)
        return identity::fail(ErrorCode::NotFound,
                              std::string(where).append("there is no certificate '").append(name) + "'");
      SAPROXY_TRY([[maybe_unused]] const bool added, parts->add_certificate(builder, *own, listener));
    }
  }
  if (listener.raw_public_keys && !listener.raw_key_name.empty()) {
    const auto* own = policy::find_named(config.raw_keys, listener.raw_key_name);
    if (own == nullptr)
      return identity::fail(ErrorCode::NotFound, where + "there is no raw key '" + listener.raw_key_name + "'");
    SAPROXY_TRY(parts->raw_key_both, builder.raw_key(*own));
  }
  if (!parts->psk && parts->shown.empty() && !parts->raw_key_both) {
    return identity::fail(ErrorCode::Conflict,
                          where + "serves nobody: no psk, and no certificate or raw key of our own");
  }
  return std::shared_ptr<const ContextSet>(new ContextSet(std::move(parts)));
}

ContextSet::ContextSet(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
ContextSet::~ContextSet() = default;

bool ContextSet::asks_for_status() const { return parts_->asks_for_status; }
const TrustAnchors& ContextSet::anchors() const { return parts_->anchors; }
const Revocation& ContextSet::revocation() const { return *parts_->revocation; }

// Spec: TS-0003 10.2.1: one port for every framework; RFC 7250 4.2: the first type of the client's list that we accept.
std::variant<ContextChoice, HandshakeFailure> ContextSet::choose(const ClientHello& hello) const {
  const Parts& parts = *parts_;
  const bool tls13 = parts.tls13 && hello.offers_tls13 && hello.offers_tls13_suites;
  if (!tls13 && !(parts.tls12 && hello.offers_tls12)) return HandshakeFailure::VersionUnsupported;

  // A client offers PSK suites, or a pre_shared_key, only when it has a key.
  const bool wants_psk = (parts.tls12 && hello.offers_psk_suites) || (tls13 && hello.has_pre_shared_key);
  const bool wants_certificate = (parts.tls12 && hello.offers_certificate_suites) || tls13;
  if (!wants_psk && !wants_certificate) return HandshakeFailure::NoSharedSuite;
  if (wants_psk && parts.psk && (parts.prefer_psk || !wants_certificate)) {
    // Without the extension TLS 1.3 could only fail in this context.
    return ContextChoice{parts.psk.get(), SessionKind::Psk, tls13 && hello.has_pre_shared_key, false};
  }
  if (!wants_certificate) return HandshakeFailure::FrameworkNotServed;
  auto choice = parts.choose_certificate(hello);
  const bool served = std::holds_alternative<ContextChoice>(choice);
  if (!served && wants_psk && parts.psk)
    return ContextChoice{parts.psk.get(), SessionKind::Psk, tls13 && hello.has_pre_shared_key, false};
  if (served) std::get<ContextChoice>(choice).tls13_possible = tls13;
  return choice;
}

std::variant<ContextChoice, HandshakeFailure> ContextSet::Parts::choose_certificate(const ClientHello& hello) const {
  const bool x509_ok = hello.client_certificate_types.empty() || lists(hello.client_certificate_types, kX509);
  const bool raw_ok = lists(hello.client_certificate_types, kRawKey);
  const bool shows_x509 =
      !shown.empty() && (hello.server_certificate_types.empty() || lists(hello.server_certificate_types, kX509));
  const bool shows_raw = raw_key_both && lists(hello.server_certificate_types, kRawKey);
  const Shown* own = shown.empty() ? nullptr : &shown_for(hello.server_name);

  const bool x509 = x509_ok && shows_x509 && own->certificate;
  const bool raw = raw_ok && (shows_raw || (shows_x509 && own->raw_key));
  if (!x509 && !raw) return HandshakeFailure::FrameworkNotServed;
  // wolfSSL reads a raw key of a TLS 1.2 client only when that client offered nothing else, so a client that can do
  // both shows its certificate.
  if (x509) return ContextChoice{own->certificate.get(), SessionKind::Certificate, false, false};
  const bool raw_first =
      shows_raw && (!shows_x509 || hello.server_certificate_types.front() == kRawKey || !own->raw_key);
  if (raw_first) return ContextChoice{raw_key_both.get(), SessionKind::RawKey, false, true};
  return ContextChoice{own->raw_key.get(), SessionKind::RawKey, false, false};
}

}  // namespace saproxy::proxy
