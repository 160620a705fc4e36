#include "identity/resolver.h"

namespace saproxy::identity {
namespace {

const ConfiguredIdentity* find(const ConfiguredIdentities& configured, std::string_view credential_id) {
  const auto entry = configured.find(credential_id);
  return entry == configured.end() ? nullptr : &entry->second;
}

// A stem is a valid pattern without '*': it fits the alphabet and the length of both.
StemList only(const AeStem& stem) {
  const auto pattern = Pattern::parse(stem.text());
  return pattern ? StemList({*pattern}) : StemList();
}

// Spec: TS-0003 8.1.2.1 (an AE-ID certificate authenticates an AE only), 8.2.2.2
Resolution resolve_ae_certificate(const AeId& ae, const LocalEntity& local, const ConfiguredIdentity* entry) {
  if (ae.sp != local.sp) return NoIdentity::OtherServiceProvider;
  if (ae.cse && *ae.cse != local.cse) return NoIdentity::OtherCse;
  if (entry != nullptr) {
    if (entry->kind != EntityKind::Ae || std::holds_alternative<CseId>(entry->identities))
      return NoIdentity::KindMismatch;
    const auto* allowed = std::get_if<StemList>(&entry->identities);
    if (allowed != nullptr && !allowed->contains(ae.stem)) return NoIdentity::NotConfigured;
  }
  return Resolved{EntityKind::Ae, only(ae.stem), IdentitySource::Certificate};
}

// Spec: TS-0003 8.1.2.1 (a CSE-ID certificate authenticates a CSE only), 8.2.2.2
Resolution resolve_cse_certificate(const CseId& cse, const LocalEntity& local, const ConfiguredIdentity* entry) {
  if (cse == local.cse) return NoIdentity::OwnCseId;
  if (entry != nullptr) {
    if (entry->kind != EntityKind::Cse || std::holds_alternative<StemList>(entry->identities))
      return NoIdentity::KindMismatch;
    const auto* allowed = std::get_if<CseId>(&entry->identities);
    if (allowed != nullptr && *allowed != cse) return NoIdentity::NotConfigured;
  }
  return Resolved{EntityKind::Cse, cse, IdentitySource::Certificate};
}

// Spec: TS-0003 8.2.1 (identities by Credential-ID, from service provider configuration)
Resolution resolve_configured(const ConfiguredIdentity* entry, const LocalEntity& local) {
  if (entry == nullptr) return NoIdentity::Unknown;
  if (const auto* cse = std::get_if<CseId>(&entry->identities)) {
    if (entry->kind != EntityKind::Cse) return NoIdentity::KindMismatch;
    if (*cse == local.cse) return NoIdentity::OwnCseId;
    return Resolved{EntityKind::Cse, *cse, IdentitySource::Configured};
  }
  if (const auto* stems = std::get_if<StemList>(&entry->identities)) {
    if (entry->kind != EntityKind::Ae) return NoIdentity::KindMismatch;
    if (stems->empty()) return NoIdentity::Unknown;
    return Resolved{EntityKind::Ae, *stems, IdentitySource::Configured};
  }
  return NoIdentity::Unknown;
}

// An operator may have written down any of the three hashes of a key; the longest one that is configured counts.
// Spec: TS-0003 10.4 (type 30), RFC 6920 9.4
const ConfiguredIdentity* find_raw_key(const PublicKeyName& name, const ConfiguredIdentities& configured) {
  for (const NameHash hash : {NameHash::Sha256, NameHash::Sha256_128, NameHash::Sha256_120}) {
    const auto form = name.shortened(hash);
    if (!form) continue;
    const auto id = CredentialId::make(CredentialType::RawPublicKey, form->short_form());
    if (!id) continue;
    if (const auto* entry = find(configured, id->text())) return entry;
  }
  return nullptr;
}

}  // namespace

std::string_view to_text(NoIdentity reason) {
  switch (reason) {
    case NoIdentity::Unknown: return "unknown";
    case NoIdentity::KindMismatch: return "kind_mismatch";
    case NoIdentity::OtherCse: return "other_cse";
    case NoIdentity::OtherServiceProvider: return "other_service_provider";
    case NoIdentity::OwnCseId: return "own_cse_id";
    case NoIdentity::NotConfigured: return "not_configured";
  }
  return "";
}

Resolution resolve(const Credential& credential, const LocalEntity& local, const ConfiguredIdentities& configured) {
  if (const auto* key = std::get_if<ProvenRawKey>(&credential))
    return resolve_configured(find_raw_key(key->name, configured), local);
  const ConfiguredIdentity* entry = find(configured, credential_id_of(credential).text());
  const auto* certificate = std::get_if<ProvenCertificate>(&credential);
  if (certificate == nullptr) return resolve_configured(entry, local);
  const CertificateName& name = certificate->name;
  switch (name.flavour) {
    case CertificateFlavour::AeId:
      return name.ae_id ? resolve_ae_certificate(*name.ae_id, local, entry) : NoIdentity::Unknown;
    case CertificateFlavour::CseId:
      return name.cse_id ? resolve_cse_certificate(*name.cse_id, local, entry) : NoIdentity::Unknown;
    case CertificateFlavour::NodeId:
    case CertificateFlavour::Device: return resolve_configured(entry, local);
  }
  return NoIdentity::Unknown;
}

}  // namespace saproxy::identity
