#include "policy/judging.h"

#include <algorithm>
#include <utility>

namespace saproxy::policy {
namespace {

using identity::Association;
using identity::Credential;
using identity::NoIdentity;
using identity::ProvenCertificate;
using identity::ProvenPsk;
using identity::ProvenRawKey;
using identity::Resolved;

template <class... F>
struct Match : F... {
  using F::operator()...;
};
template <class... F>
Match(F...) -> Match<F...>;  // clang 14 needs it

std::int64_t expiry_of(const Credential& credential, const ListenerSettings& listener, std::int64_t started) {
  const std::int64_t lifetime = started + listener.limits.session_lifetime.count();
  const auto* certificate = std::get_if<ProvenCertificate>(&credential);
  // The second that notAfter names still belongs to the certificate (RFC 5280 4.1.2.5).
  return certificate == nullptr ? lifetime : std::min(lifetime - 1, certificate->not_after) + 1;
}

// Is the credential itself still good? Trust anchors and CRLs are the session's to check again: only it has the chain.
bool still_accepted(const Credential& credential, const Snapshot& snapshot, const ListenerSettings& listener) {
  return std::visit(
      Match{[&](const ProvenPsk& psk) {
              const PskEntry* entry = snapshot.find_psk(psk.identity.text());
              return listener.psk && entry != nullptr &&
                     identity::key_fingerprint(entry->key.reveal()) == psk.key_fingerprint;
            },
            [&](const ProvenCertificate&) { return listener.certificates; },
            [&](const ProvenRawKey& key) { return listener.raw_public_keys && snapshot.trusts_raw_key(key.name); }},
      credential);
}

bool same_patterns(const Association& association, const Resolved& resolved) {
  const auto* before = association.stems();
  const auto* after = std::get_if<identity::StemList>(&resolved.identities);
  if (before == nullptr || after == nullptr) return before == nullptr && after == nullptr;
  return *before == *after;
}

// Learning who an unresolved peer is keeps its session; another kind, another CSE-ID or none at all ends it.
bool identity_is_gone(const Association& association, const Resolved& resolved) {
  if (!association.is_resolved()) return false;
  if (association.kind != resolved.kind || association.identities.index() != resolved.identities.index()) return true;
  const auto* before = association.cse_id();
  return before != nullptr && *before != std::get<identity::CseId>(resolved.identities);
}

}  // namespace

// Spec: TS-0003 8.2.1
std::variant<Association, NoIdentity> associate(const Snapshot& snapshot, const ListenerSettings& listener,
                                                const Credential& credential, std::string id, std::int64_t started) {
  const auto bound = identity::resolve(credential, snapshot.local(), snapshot.sources(listener));
  if (const auto* reason = std::get_if<NoIdentity>(&bound)) return *reason;
  const auto& resolved = std::get<Resolved>(bound);
  return Association{.id = std::move(id),
                     .credential_id = identity::credential_id_of(credential),
                     .saef = identity::saef_of(credential),
                     .kind = resolved.kind,
                     .identities = resolved.identities,
                     .source = resolved.source,
                     .learned = nullptr,
                     .expires = expiry_of(credential, listener, started),
                     .generation = snapshot.generation()};
}

Rejudged judge_again(Association& association, const Credential& credential, const Snapshot& snapshot,
                     const ListenerSettings& listener, std::int64_t started, std::int64_t now) {
  const std::int64_t expires = expiry_of(credential, listener, started);
  if (now >= expires || !still_accepted(credential, snapshot, listener)) return Rejudged::Ended;
  auto bound = identity::resolve(credential, snapshot.local(), snapshot.sources(listener));
  auto* resolved = std::get_if<Resolved>(&bound);
  if (resolved == nullptr || identity_is_gone(association, *resolved)) return Rejudged::Ended;
  const bool unchanged = association.identities.index() == resolved->identities.index() &&
                         association.kind == resolved->kind && same_patterns(association, *resolved) &&
                         association.expires == expires;
  association.kind = resolved->kind;
  association.identities = std::move(resolved->identities);
  association.source = resolved->source;
  association.expires = expires;
  association.generation = snapshot.generation();
  return unchanged ? Rejudged::Unchanged : Rejudged::Changed;
}

}  // namespace saproxy::policy
