#include "identity/certificate_profile.h"

#include <algorithm>

#include "identity/certificate_name.h"
#include "identity/name_constraints.h"

namespace saproxy::identity {
namespace {

constexpr unsigned kLeastRsaBits = 2048;
constexpr std::uint16_t kDigitalSignature = 0x0001;
constexpr std::string_view kAnyPurpose = "2.5.29.37.0", kServerAuth = "1.3.6.1.5.5.7.3.1",
                           kClientAuth = "1.3.6.1.5.5.7.3.2";

class Judgement {
 public:
  Judgement(const ProfileSwitches& switches, std::int64_t now) : switches_(switches), now_(now) {}

  void note(ProfileViolation violation) {
    if (std::find(violations_.begin(), violations_.end(), violation) == violations_.end())
      violations_.push_back(violation);
  }
  void note_if(bool broken, ProfileViolation violation) {
    if (broken) note(violation);
  }

  // Spec: TS-0003 10.1.1.1 (P-256, uncompressed), for every certificate of the path
  template <class HoldsKey>
  void check_key(const HoldsKey& certificate) {
    bool allowed = certificate.key == KeyAlgorithm::EcP256;
    allowed = allowed || (switches_.allow_p384 && certificate.key == KeyAlgorithm::EcP384);
    allowed = allowed ||
              (switches_.allow_rsa && certificate.key == KeyAlgorithm::Rsa && certificate.rsa_bits >= kLeastRsaBits);
    note_if(!allowed, ProfileViolation::KeyNotP256);
    const bool ec = certificate.key == KeyAlgorithm::EcP256 || certificate.key == KeyAlgorithm::EcP384;
    note_if(ec && !certificate.key_uncompressed, ProfileViolation::KeyNotUncompressed);
  }

  // Spec: TS-0003 10.1.1.1 (ECDSA with SHA-256)
  void check_signature(const Certificate& certificate) {
    bool allowed = certificate.signature == SignatureAlgorithm::EcdsaSha256;
    allowed = allowed || (switches_.allow_p384 && certificate.signature == SignatureAlgorithm::EcdsaSha384);
    allowed = allowed || (switches_.allow_rsa && certificate.signature == SignatureAlgorithm::RsaSha256);
    note_if(!allowed, ProfileViolation::SignatureNotEcdsaSha256);
  }

  // Spec: RFC 5280 4.1.2.5 (both ends belong to the period), 4.2 (unknown critical extensions)
  void check_everywhere(const Certificate& certificate) {
    note_if(certificate.version != 3, ProfileViolation::NotVersion3);
    check_key(certificate);
    note_if(!certificate.unknown_critical_extensions.empty(), ProfileViolation::UnknownCriticalExtension);
    note_if(now_ < certificate.not_before, ProfileViolation::NotYetValid);
    note_if(now_ > certificate.not_after, ProfileViolation::Expired);
  }

  // Spec: TS-0003 10.1.1.1 (keyUsage with digitalSignature); RFC 5280 4.2.1.12
  void check_usage(const Certificate& leaf, PeerRole role) {
    if (!leaf.key_usage) {
      note_if(!switches_.allow_missing_key_usage, ProfileViolation::KeyUsageMissing);
    } else {
      note_if((*leaf.key_usage & kDigitalSignature) == 0, ProfileViolation::NoDigitalSignature);
    }
    note_if(leaf.is_ca, ProfileViolation::IsCa);
    const auto& purposes = leaf.extended_key_usages;
    const auto serves = [&purposes](std::string_view purpose) {
      return std::find(purposes.begin(), purposes.end(), purpose) != purposes.end();
    };
    if (purposes.empty() || serves(kAnyPurpose)) return;
    if (role == PeerRole::Client) note_if(!serves(kClientAuth), ProfileViolation::ExtendedKeyUsageExcludesClient);
    if (role == PeerRole::Server) note_if(!serves(kServerAuth), ProfileViolation::ExtendedKeyUsageExcludesServer);
  }

  // Spec: TS-0003 8.1.2.2 (every CA certificate has name constraints), 10.1.1.4.2 (only recommended above device
  // certificates), 10.1.1.5 (the issuer's constraint covers the host of the AE-ID)
  void check_constraints(const Certificate& leaf, std::span<const Certificate> issuers,
                         const std::optional<CertificateName>& name) {
    const auto has_constraints = [](const Certificate& issuer) { return issuer.has_name_constraints; };
    const bool all = !issuers.empty() && std::all_of(issuers.begin(), issuers.end(), has_constraints);
    const bool any = std::any_of(issuers.begin(), issuers.end(), has_constraints);
    const bool device = name && name->flavour == CertificateFlavour::Device;
    note_if(!all && !device && !switches_.allow_ca_without_name_constraints,
            ProfileViolation::CaWithoutNameConstraints);
    note_if(!keeps_name_constraints(leaf, issuers), ProfileViolation::NameConstraintViolated);
    // A CA that is bound in other kinds of names only, such as one for devices, must not make AE-IDs or CSE-IDs.
    if (!name || !any) return;
    if (name->flavour == CertificateFlavour::AeId)
      note_if(!is_bounded(NameConstraint::Kind::Uri, issuers), ProfileViolation::NameConstraintViolated);
    if (name->flavour == CertificateFlavour::CseId)
      note_if(!is_bounded(NameConstraint::Kind::Dns, issuers), ProfileViolation::NameConstraintViolated);
  }

  // Spec: TS-0003 8.2.2.2; an AE registered elsewhere is no registree of ours
  void check_place(const CertificateName& name, const LocalEntity& local) {
    if (!name.ae_id) return;
    if (name.ae_id->sp != local.sp) {
      note(ProfileViolation::OtherServiceProvider);
    } else {
      note_if(name.ae_id->cse && *name.ae_id->cse != local.cse, ProfileViolation::OtherCse);
    }
  }

  std::vector<ProfileViolation> take() && { return std::move(violations_); }

 private:
  const ProfileSwitches& switches_;
  std::int64_t now_;
  std::vector<ProfileViolation> violations_;
};

}  // namespace

std::string_view to_text(CertificateFlavour flavour) {
  switch (flavour) {
    case CertificateFlavour::CseId: return "cse_id";
    case CertificateFlavour::AeId: return "ae_id";
    case CertificateFlavour::NodeId: return "node_id";
    case CertificateFlavour::Device: return "device";
  }
  return "";
}

std::string_view to_text(ProfileViolation violation) {
  switch (violation) {
    case ProfileViolation::NotVersion3: return "not_version_3";
    case ProfileViolation::KeyNotP256: return "key_not_p256";
    case ProfileViolation::KeyNotUncompressed: return "key_not_uncompressed";
    case ProfileViolation::SignatureNotEcdsaSha256: return "signature_not_ecdsa_sha256";
    case ProfileViolation::KeyUsageMissing: return "key_usage_missing";
    case ProfileViolation::NoDigitalSignature: return "no_digital_signature";
    case ProfileViolation::IsCa: return "is_ca";
    case ProfileViolation::ExtendedKeyUsageExcludesClient: return "extended_key_usage_excludes_client";
    case ProfileViolation::ExtendedKeyUsageExcludesServer: return "extended_key_usage_excludes_server";
    case ProfileViolation::UnknownCriticalExtension: return "unknown_critical_extension";
    case ProfileViolation::NotYetValid: return "not_yet_valid";
    case ProfileViolation::Expired: return "expired";
    case ProfileViolation::NoName: return "no_name";
    case ProfileViolation::SeveralNames: return "several_names";
    case ProfileViolation::WildcardName: return "wildcard_name";
    case ProfileViolation::BadNameSyntax: return "bad_name_syntax";
    case ProfileViolation::NameInCommonNameOnly: return "name_in_common_name_only";
    case ProfileViolation::CaWithoutNameConstraints: return "ca_without_name_constraints";
    case ProfileViolation::NameConstraintViolated: return "name_constraint_violated";
    case ProfileViolation::OtherCse: return "other_cse";
    case ProfileViolation::OtherServiceProvider: return "other_service_provider";
  }
  return "";
}

std::vector<ProfileViolation> judge_raw_public_key(const RawPublicKey& key, const ProfileSwitches& switches) {
  Judgement judgement(switches, 0);
  judgement.check_key(key);
  return std::move(judgement).take();
}

ProfileVerdict judge_certificate(const Certificate& leaf, std::span<const Certificate> issuers,
                                 const LocalEntity& local, const ProfileSwitches& switches, PeerRole role,
                                 std::int64_t now) {
  Judgement judgement(switches, now);
  judgement.check_everywhere(leaf);
  judgement.check_signature(leaf);
  for (std::size_t i = 0; i < issuers.size(); ++i) {
    judgement.check_everywhere(issuers[i]);
    // The anchor's signature of itself proves nothing and is not looked at.
    if (i + 1 < issuers.size()) judgement.check_signature(issuers[i]);
  }
  judgement.check_usage(leaf, role);
  NameFinding finding = find_certificate_name(leaf, local, switches);
  for (const ProfileViolation violation : finding.violations) judgement.note(violation);
  judgement.check_constraints(leaf, issuers, finding.name);
  if (finding.name) judgement.check_place(*finding.name, local);
  return ProfileVerdict{std::move(finding.name), std::move(judgement).take()};
}

}  // namespace saproxy::identity
