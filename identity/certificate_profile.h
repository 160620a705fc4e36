// Which oneM2M certificate flavour a certificate is, what it names, and whether it keeps the profile.
// Spec: TS-0003 8.1.2.1, 8.1.2.4, 8.1.2.5, 10.1.1 (flavours and names), 10.1.1.1 (P-256, digitalSignature);
// TS-0001 6.5.1.1
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "identity/certificate.h"
#include "identity/credential_id.h"
#include "identity/entity_id.h"
#include "identity/string_hash.h"

namespace saproxy::identity {

enum class CertificateFlavour { CseId, AeId, NodeId, Device };
[[nodiscard]] std::string_view to_text(CertificateFlavour flavour);  // "cse_id", "ae_id", "node_id", "device"

// Named departures from the profile that an operator may allow because they occur in the field. All off by default.
struct ProfileSwitches {
  bool allow_rsa = false;  // RSA >= 2048 keys and RSA signatures (C-DOT, ACME recipes)
  bool allow_p384 = false;
  bool allow_node_id_in_dns_name = false;  // C-DOT puts "urn:dev:ops:..." into a dNSName
  bool allow_missing_key_usage = false;
  bool allow_ca_without_name_constraints = false;  // 8.1.2.2 wants them in every CA certificate
};

// Every way a certificate can break the profile. to_text() gives the word used in logs, metrics and `inspect`.
enum class ProfileViolation {
  NotVersion3,
  KeyNotP256,
  KeyNotUncompressed,
  SignatureNotEcdsaSha256,
  KeyUsageMissing,
  NoDigitalSignature,
  IsCa,
  ExtendedKeyUsageExcludesClient,
  ExtendedKeyUsageExcludesServer,
  UnknownCriticalExtension,
  NotYetValid,
  Expired,
  NoName,
  SeveralNames,
  WildcardName,
  BadNameSyntax,
  NameInCommonNameOnly,
  CaWithoutNameConstraints,
  NameConstraintViolated,
  OtherCse,
  OtherServiceProvider,
};
[[nodiscard]] std::string_view to_text(ProfileViolation violation);

// The identity that the certificate itself states.
struct CertificateName {
  CertificateFlavour flavour;
  CredentialId credential_id;   // types 31 to 34
  std::optional<AeId> ae_id;    // AE-ID flavour
  std::optional<CseId> cse_id;  // CSE-ID flavour, by the domain name rule or by `cse_domain_names`
};

// Public domain names, in lower case, that configuration gives to CSE-IDs: TS-0001 6.5.1.1 allows any label that
// resolves.
using CseDomainNames = std::unordered_map<std::string, CseId, StringHash, std::equal_to<>>;

// Where we are: a certificate is judged from the point of view of one CSE.
struct LocalEntity {
  SpId sp;
  CseId cse;
  CseDomainNames cse_domain_names;
  // Public domain name of the IN-CSE that we are below: MN- and ASN-CSEs have theirs under it. Empty: not known, or we
  // are it.
  std::string in_domain_name = {};
};

struct ProfileVerdict {
  std::optional<CertificateName> name;       // absent when no single name could be found
  std::vector<ProfileViolation> violations;  // empty = acceptable with the given switches
};

enum class PeerRole { Client, Server };  // decides which extendedKeyUsage would exclude the peer

// Judges a leaf certificate; `issuers` are the CA certificates of its verified path, nearest first, trust anchor last.
// `now` is Unix seconds. Never throws; hostile content gives violations.
[[nodiscard]] ProfileVerdict judge_certificate(const Certificate& leaf, std::span<const Certificate> issuers,
                                               const LocalEntity& local, const ProfileSwitches& switches, PeerRole role,
                                               std::int64_t now);

// The same for a bare key: P-256 and uncompressed, unless a switch allows more. Whether it is trusted is another
// question. Spec: TS-0003 10.1.1.1, 10.1.2
[[nodiscard]] std::vector<ProfileViolation> judge_raw_public_key(const RawPublicKey& key,
                                                                 const ProfileSwitches& switches);

// "cse1.sp.example.com" (IN) or "mn1.cse1.sp.example.com" (MN/ASN, below us or below the IN that we are below): the
// CSE-ID that a public domain name stands for.
[[nodiscard]] std::optional<CseId> cse_of_domain_name(std::string_view fqdn, const LocalEntity& local);

}  // namespace saproxy::identity
