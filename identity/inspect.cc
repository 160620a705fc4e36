#include "identity/inspect.h"

#include <algorithm>
#include <optional>

#include "identity/certificate_name.h"
#include "identity/der.h"
#include "identity/domain_name.h"
#include "identity/hex.h"
#include "identity/printable.h"
#include "identity/public_key_name.h"

namespace saproxy::identity {
namespace {

std::string line(std::string_view key, std::string_view value) {
  std::string text(key);
  text += ':';
  text.append(text.size() < 16 ? 16 - text.size() : 1, ' ');
  text += value;
  return text + "\n";
}

std::string two_digits(std::int64_t number) { return (number < 10 ? "0" : "") + std::to_string(number); }

// "2026-01-31T23:59:59Z". Counts in 400-year cycles from 1 March 0000; the reader of times gives years 1 to 9999 only.
std::string date_text(std::int64_t unix_seconds) {
  std::int64_t days = unix_seconds / 86400, second = unix_seconds % 86400;
  if (second < 0) {
    second += 86400;
    --days;
  }
  days += 719468;
  const std::int64_t cycle = days / 146097, day_of_cycle = days % 146097;
  const std::int64_t year_of_cycle =
      (day_of_cycle - day_of_cycle / 1460 + day_of_cycle / 36524 - day_of_cycle / 146096) / 365;
  const std::int64_t day_of_year = day_of_cycle - (365 * year_of_cycle + year_of_cycle / 4 - year_of_cycle / 100);
  const std::int64_t shifted_month = (5 * day_of_year + 2) / 153;
  const std::int64_t month = shifted_month < 10 ? shifted_month + 3 : shifted_month - 9;
  const std::int64_t year = cycle * 400 + year_of_cycle + (month <= 2 ? 1 : 0);
  const std::string year_text = std::to_string(year);
  return std::string(4 - std::min<std::size_t>(4, year_text.size()), '0') + year_text + "-" + two_digits(month) + "-" +
         two_digits(day_of_year - (153 * shifted_month + 2) / 5 + 1) + "T" + two_digits(second / 3600) + ":" +
         two_digits(second / 60 % 60) + ":" + two_digits(second % 60) + "Z";
}

std::string key_text(KeyAlgorithm key, bool uncompressed, unsigned rsa_bits) {
  const std::string point = uncompressed ? ", uncompressed point" : ", compressed point";
  switch (key) {
    case KeyAlgorithm::EcP256: return "EC P-256" + point;
    case KeyAlgorithm::EcP384: return "EC P-384" + point;
    case KeyAlgorithm::EcOther: return "EC on another curve";
    case KeyAlgorithm::Rsa: return "RSA " + std::to_string(rsa_bits) + " bits";
    case KeyAlgorithm::Ed25519: return "Ed25519";
    case KeyAlgorithm::Other: return "of an unknown kind";
  }
  return "";
}

std::string_view signature_text(SignatureAlgorithm signature) {
  switch (signature) {
    case SignatureAlgorithm::EcdsaSha256: return "ECDSA with SHA-256";
    case SignatureAlgorithm::EcdsaSha384: return "ECDSA with SHA-384";
    case SignatureAlgorithm::EcdsaOther: return "ECDSA with another hash";
    case SignatureAlgorithm::RsaSha256: return "RSA with SHA-256";
    case SignatureAlgorithm::RsaOther: return "RSA in another form";
    case SignatureAlgorithm::Other: return "of an unknown kind";
  }
  return "";
}

std::string alt_name_text(const AltName& alt) {
  switch (alt.kind) {
    case AltName::Kind::OtherName: return "otherName " + alt.type_oid + " = " + hex_encode(alt.value);
    case AltName::Kind::Email: return "rfc822Name " + printable(alt.text());
    case AltName::Kind::Dns: return "dNSName " + printable(alt.text());
    case AltName::Kind::X400: return "x400Address";
    case AltName::Kind::Directory: return "directoryName " + hex_encode(alt.value);
    case AltName::Kind::Ediparty: return "ediPartyName";
    case AltName::Kind::Uri: return "URI " + printable(alt.text());
    case AltName::Kind::Ip: return "iPAddress " + hex_encode(alt.value);
    case AltName::Kind::RegisteredId: return "registeredID " + printable(alt.text());
  }
  return "";
}

// A point of view for a certificate that nobody gave one for: that of the CSE which would take it.
std::optional<LocalEntity> assumed_local(const Certificate& certificate) {
  const auto nowhere = CseId::parse("unknown");
  for (const AltName& alt : certificate.alt_names) {
    if (alt.kind == AltName::Kind::Uri) {
      const auto ae = AeId::parse_absolute(without_scheme(alt.text()));
      if (ae) return LocalEntity{ae->sp, ae->cse ? *ae->cse : *nowhere, {}};
    }
    if (alt.kind == AltName::Kind::Dns) {
      const std::string_view name = alt.text();
      const auto dot = name.find('.');
      if (dot == name.npos) continue;
      if (const auto sp = SpId::parse(name.substr(dot + 1))) return LocalEntity{*sp, *nowhere, {}};
    }
  }
  const auto sp = SpId::parse("unknown.invalid");
  if (!sp || !nowhere) return std::nullopt;
  return LocalEntity{*sp, *nowhere, {}};
}

std::string violation_line(ProfileViolation violation) {
  return line("violation", std::string(to_text(violation)) + ": " + std::string(explain(violation)));
}

std::string verdict_text(const Certificate& certificate, std::span<const Certificate> issuers, const LocalEntity& local,
                         std::int64_t now) {
  const ProfileVerdict verdict =
      judge_certificate(certificate, issuers, local, ProfileSwitches{}, PeerRole::Client, now);
  std::string text = line("flavour", verdict.name ? to_text(verdict.name->flavour) : "none: no single oneM2M name");
  if (verdict.name) text += line("credential-id", verdict.name->credential_id.text());
  for (const ProfileViolation violation : verdict.violations) {
    // Without issuers this one would only say that nobody gave them.
    if (issuers.empty() && violation == ProfileViolation::CaWithoutNameConstraints) continue;
    text += violation_line(violation);
  }
  if (issuers.empty()) text += line("note", "name constraints not judged: no issuer certificates given");
  return text;
}

std::string describe_x509(const Certificate& certificate, std::span<const Certificate> issuers,
                          const LocalEntity* local, std::int64_t now) {
  std::string text = line("form", "X.509 certificate, version " + std::to_string(certificate.version));
  text += line("common name", printable(certificate.subject_common_name) + " (never an identity)");
  text += line("serial", hex_encode(certificate.serial));
  for (const AltName& alt : certificate.alt_names) text += line("name", alt_name_text(alt));
  text += line("key name", PublicKeyName::of(certificate.public_key_info).uri());
  text += line("key", key_text(certificate.key, certificate.key_uncompressed, certificate.rsa_bits));
  text += line("signature", signature_text(certificate.signature));
  text += line("not before", date_text(certificate.not_before));
  text += line("not after", date_text(certificate.not_after));
  const auto assumed = local == nullptr ? assumed_local(certificate) : std::nullopt;
  if (assumed) text += line("note", "judged as for " + assumed->sp.absolute() + ", taken from the certificate itself");
  if (const LocalEntity* view = local != nullptr ? local : assumed ? &*assumed : nullptr)
    text += verdict_text(certificate, issuers, *view, now);
  return text;
}

std::string describe_raw_key(const RawPublicKey& key) {
  const PublicKeyName name = PublicKeyName::of(key.public_key_info);
  std::string text = line("form", "raw public key (SubjectPublicKeyInfo)") + line("flavour", "raw public key");
  text += line("key name", name.uri());
  if (const auto id = CredentialId::make(CredentialType::RawPublicKey, name.short_form()))
    text += line("credential-id", id->text());
  text += line("key", key_text(key.key, key.key_uncompressed, key.rsa_bits));
  for (const ProfileViolation violation : judge_raw_public_key(key, ProfileSwitches{}))
    text += violation_line(violation);
  return text;
}

}  // namespace

std::string describe_certificate(ByteView der_bytes, std::span<const Certificate> issuers, const LocalEntity* local,
                                 std::int64_t now) {
  const auto unreadable = [](const Error& error) { return line("unreadable", error.detail); };
  switch (classify_peer_key(der_bytes)) {
    case PeerKeyForm::X509: {
      const auto certificate = parse_certificate(der_bytes);
      return certificate ? describe_x509(*certificate, issuers, local, now) : unreadable(certificate.error());
    }
    case PeerKeyForm::RawPublicKey: {
      const auto key = parse_raw_public_key(der_bytes);
      return key ? describe_raw_key(*key) : unreadable(key.error());
    }
    case PeerKeyForm::Neither: break;
  }
  return line("unreadable", "neither an X.509 certificate nor a SubjectPublicKeyInfo in DER");
}

std::string_view explain(ProfileViolation violation) {
  switch (violation) {
    case ProfileViolation::NotVersion3: return "a certificate of the path is not version 3 (RFC 5280 4.1.2.1)";
    case ProfileViolation::KeyNotP256: return "a key of the path is not on P-256 (TS-0003 10.1.1.1)";
    case ProfileViolation::KeyNotUncompressed: return "a key of the path is a compressed point (TS-0003 10.1.1.1)";
    case ProfileViolation::SignatureNotEcdsaSha256:
      return "a signature of the path is not ECDSA with SHA-256 (TS-0003 10.1.1.1)";
    case ProfileViolation::KeyUsageMissing: return "keyUsage is missing (TS-0003 10.1.1.1)";
    case ProfileViolation::NoDigitalSignature: return "keyUsage lacks digitalSignature (TS-0003 10.1.1.1)";
    case ProfileViolation::IsCa: return "it is a CA certificate, which authenticates no entity (RFC 5280 4.2.1.9)";
    case ProfileViolation::ExtendedKeyUsageExcludesClient:
      return "extendedKeyUsage lacks clientAuth (RFC 5280 4.2.1.12)";
    case ProfileViolation::ExtendedKeyUsageExcludesServer:
      return "extendedKeyUsage lacks serverAuth (RFC 5280 4.2.1.12)";
    case ProfileViolation::UnknownCriticalExtension:
      return "a critical extension of the path is unknown (RFC 5280 4.2)";
    case ProfileViolation::NotYetValid: return "a certificate of the path is not valid yet (RFC 5280 4.1.2.5)";
    case ProfileViolation::Expired: return "a certificate of the path has expired (RFC 5280 4.1.2.5)";
    case ProfileViolation::NoName:
      return "no alternative name is a CSE-ID, AE-ID, Node-ID or hardware id (TS-0003 10.1.1.3 to 10.1.1.5)";
    case ProfileViolation::SeveralNames:
      return "its alternative names stand for more than one entity (TS-0003 8.1.2.1)";
    case ProfileViolation::WildcardName: return "an alternative name contains a wildcard (TS-0003 8.1.2.5)";
    case ProfileViolation::BadNameSyntax:
      return "an alternative name is malformed or of the wrong kind (TS-0003 8.1.2.5, TS-0004 6.2.3)";
    case ProfileViolation::NameInCommonNameOnly:
      return "its identity stands in the subject's common name, which never counts (TS-0003 8.1.2.5)";
    case ProfileViolation::CaWithoutNameConstraints:
      return "a CA certificate of the path has no name constraints (TS-0003 8.1.2.2)";
    case ProfileViolation::NameConstraintViolated:
      return "a name lies outside the name constraints of its path (RFC 5280 4.2.1.10, TS-0003 10.1.1.5)";
    case ProfileViolation::OtherCse:
      return "it names an AE of another registrar, or a CSE that is no registree of this one (TS-0001 6.5.1.1, 7.2; "
             "TS-0003 8.2.2.2)";
    case ProfileViolation::OtherServiceProvider:
      return "it names an entity of another service provider (TS-0001 7.2, TS-0003 8.2.2.2)";
  }
  return "";
}

}  // namespace saproxy::identity
