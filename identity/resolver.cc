#include "identity/resolver.h"

#include <array>

namespace saproxy::identity {
namespace {

struct Question {
  const Credential& credential;
  const std::string& credential_id;
  const LocalEntity& local;
  const Sources& sources;
};

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
SourceAnswer resolve_ae_certificate(const AeId& ae, const LocalEntity& local, const ConfiguredIdentity* entry) {
  if (ae.sp != local.sp) return NoIdentity::OtherServiceProvider;
  if (ae.cse && *ae.cse != local.cse) return NoIdentity::OtherCse;
  if (entry != nullptr) {
    if (entry->kind != EntityKind::Ae || std::holds_alternative<CseId>(entry->identities))
      return NoIdentity::KindMismatch;
    const auto* allowed = std::get_if<StemList>(&entry->identities);
    if (allowed != nullptr && !allowed->contains(ae.stem)) return NoIdentity::NotConfigured;
  }
  return These{EntityKind::Ae, only(ae.stem)};
}

// Spec: TS-0003 8.1.2.1 (a CSE-ID certificate authenticates a CSE only), 8.2.2.2
SourceAnswer resolve_cse_certificate(const CseId& cse, const LocalEntity& local, const ConfiguredIdentity* entry) {
  if (cse == local.cse) return NoIdentity::OwnCseId;
  if (entry != nullptr) {
    if (entry->kind != EntityKind::Cse || std::holds_alternative<StemList>(entry->identities))
      return NoIdentity::KindMismatch;
    const auto* allowed = std::get_if<CseId>(&entry->identities);
    if (allowed != nullptr && *allowed != cse) return NoIdentity::NotConfigured;
  }
  return These{EntityKind::Cse, cse};
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

const ConfiguredIdentity* entry_of(const Question& question) {
  const auto* key = std::get_if<ProvenRawKey>(&question.credential);
  return key != nullptr ? find_raw_key(key->name, question.sources.configured)
                        : find(question.sources.configured, question.credential_id);
}

SourceAnswer ask_certificate(const Question& question) {
  const auto* certificate = std::get_if<ProvenCertificate>(&question.credential);
  if (certificate == nullptr) return NotMine{};
  const CertificateName& name = certificate->name;
  switch (name.flavour) {
    case CertificateFlavour::AeId:
      if (!name.ae_id) return NoIdentity::Unknown;
      return resolve_ae_certificate(*name.ae_id, question.local, entry_of(question));
    case CertificateFlavour::CseId:
      if (!name.cse_id) return NoIdentity::Unknown;
      return resolve_cse_certificate(*name.cse_id, question.local, entry_of(question));
    case CertificateFlavour::NodeId:
    case CertificateFlavour::Device: return NotMine{};
  }
  return NotMine{};
}

// Spec: TS-0003 8.2.1 (identities by Credential-ID, from service provider configuration)
SourceAnswer ask_configuration(const Question& question) {
  const ConfiguredIdentity* entry = entry_of(question);
  if (entry == nullptr) return NotMine{};
  if (const auto* cse = std::get_if<CseId>(&entry->identities)) {
    if (entry->kind != EntityKind::Cse) return NoIdentity::KindMismatch;
    if (*cse == question.local.cse) return NoIdentity::OwnCseId;
    return These{EntityKind::Cse, *cse};
  }
  const auto* stems = std::get_if<StemList>(&entry->identities);
  if (stems != nullptr && entry->kind != EntityKind::Ae) return NoIdentity::KindMismatch;
  if (stems == nullptr || stems->empty()) return NotMine{};
  return These{EntityKind::Ae, *stems};
}

// Spec: TS-0003 8.2.1 (linked <serviceSubscribedAppRule> resources; AEs only)
SourceAnswer ask_app_rules(const Question& question) {
  const Sources& sources = question.sources;
  if (sources.app_rules == nullptr) {
    if (sources.app_rules_to_come) return Later{};
    return NotMine{};
  }
  StemList stems = sources.app_rules->stems_of(question.credential_id);
  if (stems.empty()) return NotMine{};
  return These{EntityKind::Ae, std::move(stems)};
}

// Spec: TS-0003 8.2.2.1 (an AE-ID may be learned at registration; a CSE-ID may not)
SourceAnswer ask_own_assignment(const Question& question) {
  if (!question.sources.own_assignment) return NotMine{};
  return These{EntityKind::Ae, Unresolved{}};
}

struct Source {
  IdentitySource name;
  SourceAnswer (*ask)(const Question&);
};
constexpr std::array kSources = {
    Source{IdentitySource::Certificate, ask_certificate},
    Source{IdentitySource::Configured, ask_configuration},
    Source{IdentitySource::AppRules, ask_app_rules},
    Source{IdentitySource::OwnAssignment, ask_own_assignment},
};

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

Resolution resolve(const Credential& credential, const LocalEntity& local, const Sources& sources) {
  const CredentialId id = credential_id_of(credential);
  const Question question{credential, id.text(), local, sources};
  for (const Source& source : kSources) {
    SourceAnswer answer = source.ask(question);
    if (const auto* reason = std::get_if<NoIdentity>(&answer)) return *reason;
    if (auto* these = std::get_if<These>(&answer))
      return Resolved{these->kind, std::move(these->identities), source.name};
    if (std::holds_alternative<Later>(answer)) return Resolved{EntityKind::Ae, Unresolved{}, source.name};
  }
  return NoIdentity::Unknown;
}

}  // namespace saproxy::identity
