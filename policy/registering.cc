#include "policy/registering.h"

#include <algorithm>
#include <utility>

#include "policy/config.h"
#include "policy/cse_address.h"
#include "policy/originator_view.h"
#include "policy/request_check.h"
#include "policy/reserved_originator.h"

namespace saproxy::policy {
namespace {

using identity::EntityKind;
using identity::unexpected;
using Form = OriginatorView::Form;

std::int64_t seconds_of(const std::optional<std::string>& timestamp) {
  if (!timestamp) return 0;
  const auto milliseconds = parse_timestamp(*timestamp);
  return milliseconds ? *milliseconds / 1000 : 0;
}

bool same_cse(std::string_view a, std::string_view b) {
  if (a.starts_with('/')) a.remove_prefix(1);
  if (b.starts_with('/')) b.remove_prefix(1);
  return a == b;
}

identity::Result<std::string, Misfit> cse_registered(const Registering& registering, const ResourceContent* answer) {
  const std::string& asked = registering.wanted.entity_id;
  if (answer != nullptr && answer->cse_id && !same_cse(*answer->cse_id, asked))
    return unexpected(Misfit::OtherIdentity);
  return asked;
}

// Spec: TS-0001 10.2.2.2 step 004
identity::Result<std::string, Misfit> ae_registered(const Registering& registering, const ResourceContent* answer,
                                                    const GateRules& rules) {
  const std::string& asked = registering.wanted.entity_id;
  if (answer == nullptr || !answer->ae_id) {
    if (asked.empty()) return unexpected(Misfit::NoIdentity);
    return asked;
  }
  const std::string_view stem = ae_id_stem(*answer->ae_id, rules);
  if (stem.empty()) return unexpected(Misfit::BadIdentity);
  if (!asked.empty()) {
    if (stem != asked) return unexpected(Misfit::OtherIdentity);
    return asked;
  }
  if (registering.letter != 0 && stem.front() != registering.letter) return unexpected(Misfit::OtherIdentity);
  if (reserved_originator(rules, view_originator(stem, rules.comma_in_stems))) return unexpected(Misfit::Reserved);
  if (!is_listed(registering, stem) && rules.reserved_stems.contains(stem)) return unexpected(Misfit::Reserved);
  for (const identity::StemList& list : registering.allowed)
    if (!list.covers(stem)) return unexpected(Misfit::NotAllowed);
  return std::string(stem);
}

// Where a registration is made is the CSEBase (TS-0001 9.6.5), by its own name or by its resource id. Empty: by
// neither.
std::string parent_of(std::string_view to, const GateRules& rules) {
  const CseAddress address = view_address(to, rules);
  if (address.kind == CseAddress::Kind::Base) return "-";
  const bool one_name = address.kind == CseAddress::Kind::Inside && address.rest.find('/') == address.rest.npos;
  return one_name ? std::string(address.rest) : std::string();
}

// Of this service provider, and nobody who has a credential of its own here: not our CSE, its registrar, the CSE itself
// or another registree that the configuration knows. What names none is the CSE's business.
std::vector<std::string> descendants_of(const ResourceContent& content, std::string_view cse_id,
                                        const GateRules& rules) {
  std::vector<std::string> descendants;
  if (!content.descendant_cses) return descendants;
  for (std::string_view text : *content.descendant_cses) {
    const std::string absolute = rules.sp.absolute() + "/";
    if (text.starts_with(absolute)) text.remove_prefix(absolute.size() - 1);
    const auto descendant = identity::CseId::parse(text);
    if (!descendant || *descendant == rules.cse) continue;
    const std::string& id = descendant->sp_relative();
    if (id != cse_id && id != rules.registrar && !rules.registree_cses.contains(id)) descendants.push_back(id);
  }
  return descendants;
}

std::vector<std::string> claims_of(const Registering& registering, const identity::Association& association) {
  std::vector<std::string> claims;
  if (!registering.wanted.entity_id.empty()) claims.push_back(registering.wanted.entity_id);
  if (association.cse_id() == nullptr && stands_for_one_ae(association))
    claims.push_back(association.credential_id.text());
  return claims;
}

}  // namespace

std::string_view ae_id_stem(std::string_view ae_id, const GateRules& rules) {
  const OriginatorView view = view_originator(ae_id, rules.comma_in_stems);
  const bool same_sp = view.fqdn.empty() || view.fqdn == rules.sp.fqdn();
  switch (view.form) {
    case Form::Stem: return view.stem;
    case Form::SpRelativeAe:
    case Form::AbsoluteAe:
      if (same_sp && view.cse == rules.cse.sp_relative() && is_stem(view.stem, rules.comma_in_stems)) return view.stem;
      return {};
    case Form::CseId:  // "/Sabc" cannot be told from a CSE-ID
    case Form::AbsoluteCse: {
      const std::string_view last = view.cse.substr(1);
      if (same_sp && last.starts_with('S') && is_stem(last, rules.comma_in_stems)) return last;
      return {};
    }
    default: return {};
  }
}

bool names_registree(const ResourceContent& content, EntityKind kind, std::string_view entity_id,
                     const GateRules& rules) {
  if (kind == EntityKind::Ae)
    return content.type == kTypeAe && content.ae_id && ae_id_stem(*content.ae_id, rules) == entity_id;
  if (content.type != kTypeRemoteCse || !content.cse_id) return false;
  return same_cse(*content.cse_id, entity_id) || *content.cse_id == rules.sp.absolute() + std::string(entity_id);
}

// Spec: TS-0003 8.2.1
bool stands_for_one_ae(const identity::Association& association) {
  using enum identity::CredentialType;
  const auto type = association.credential_id.type();
  return association.stems() == nullptr && type != NodeIdCertificate && type != DeviceCertificate;
}

bool is_listed(const Registering& registering, std::string_view stem) {
  return std::ranges::any_of(registering.allowed, [stem](const identity::StemList& list) { return list.lists(stem); });
}

std::string_view to_text(Misfit misfit) {
  switch (misfit) {
    case Misfit::NoIdentity: return "no_identity";
    case Misfit::OtherIdentity: return "other_identity";
    case Misfit::BadIdentity: return "bad_identity";
    case Misfit::NotAllowed: return "not_allowed";
    case Misfit::Reserved: return "reserved";
  }
  return "";
}

Registering registering_of(const Forward& permission, const Primitive& primitive,
                           const identity::Association& association, const GateRules& rules) {
  const ResourceContent& content = *primitive.content;
  const OriginatorView from = view_originator(permission.originator(), rules.comma_in_stems);
  Registering registering;
  Registration& wanted = registering.wanted;
  registering.parent = parent_of(primitive.to, rules);
  registering.name = content.resource_name.value_or("");
  registering.brings_resource_id = content.resource_id.has_value();
  wanted.kind = association.kind;
  wanted.credential_id = association.credential_id.text();
  wanted.saef = association.saef;
  wanted.association = association.id;
  wanted.app_id = content.app_id.value_or("");
  wanted.points_of_access = content.points_of_access.value_or(std::vector<std::string>{});
  wanted.request_reachable = content.request_reachability.value_or(false);
  wanted.expires = seconds_of(content.expiration_time);
  if (const identity::CseId* cse = association.cse_id()) {
    wanted.entity_id = cse->sp_relative();
    wanted.descendant_cses = descendants_of(content, wanted.entity_id, rules);
    registering.claims = claims_of(registering, association);
    return registering;
  }
  wanted.entity_id = from.form == Form::Stem ? std::string(from.stem) : std::string();
  registering.claims = claims_of(registering, association);
  // What the CSE reads as "any" may have been inserted by us: the wish of the registree counts.
  const OriginatorView asked = view_originator(primitive.from, rules.comma_in_stems);
  if (asked.bare_letter()) registering.letter = asked.text.front();
  if (const identity::StemList* stems = association.stems()) registering.allowed.push_back(*stems);
  if (permission.app_rule() != nullptr) registering.allowed.push_back(permission.app_rule()->stems);
  return registering;
}

RegistrationLimits limits_of(const RegistrySettings& settings) {
  return {settings.max_registrations, settings.max_registrations_per_credential};
}

// Spec: TS-0004 7.4.5.2.1 (Recv-6.4: a second registration, then the form of the App-ID)
std::optional<Reason> check_claim(const Registering& registering, Claim claim, const GateRules& rules) {
  if (claim == Claim::Registered) return Reason::AlreadyRegistered;
  if (claim == Claim::Reserved) return Reason::OriginatorNotAllowed;
  if (claim == Claim::Pending) return Reason::RegistrationPending;
  if (claim == Claim::Full) return Reason::TooManyRegistrations;
  if (claim == Claim::CredentialFull) return Reason::TooManyOfCredential;
  if (registering.wanted.kind != EntityKind::Ae || !rules.registration.check_app_id) return std::nullopt;
  const std::string& app_id = registering.wanted.app_id;
  const bool right = app_id.size() > 1 && (app_id[0] == 'R' || app_id[0] == 'r' || app_id[0] == 'N');
  return right ? std::nullopt : std::optional(Reason::AppIdInvalid);
}

std::optional<Reason> check_update(const RegistrationKey& registration, const ResourceContent& content,
                                   const GateRules& rules) {
  const bool cse = registration.kind == EntityKind::Cse;
  if (content.type != (cse ? kTypeRemoteCse : kTypeAe)) return Reason::ContentMismatch;
  const std::optional<std::string>& named = cse ? content.cse_id : content.ae_id;
  if (!named || *named == registration.entity_id) return std::nullopt;
  const bool absolute = cse && *named == rules.sp.absolute() + registration.entity_id;
  return absolute ? std::nullopt : std::optional(Reason::IdentityInContent);
}

Registration updated(Registration registration, const ResourceContent& content, const GateRules& rules) {
  if (content.points_of_access) registration.points_of_access = *content.points_of_access;
  if (content.descendant_cses && registration.kind == EntityKind::Cse)
    registration.descendant_cses = descendants_of(content, registration.entity_id, rules);
  if (content.request_reachability) registration.request_reachable = *content.request_reachability;
  if (const std::int64_t expires = seconds_of(content.expiration_time)) registration.expires = expires;
  return registration;
}

void take_end(Registration& registration, const ResourceContent* answer) {
  if (answer == nullptr) return;
  if (const std::int64_t expires = seconds_of(answer->expiration_time)) registration.expires = expires;
}

void take_reachability(Registration& registration, const ResourceContent* answer) {
  if (answer != nullptr)
    registration.request_reachable = answer->request_reachability.value_or(registration.request_reachable);
}

identity::Result<Registration, Misfit> confirm(const Registering& registering, const ResourceContent* answer,
                                               const GateRules& rules, std::int64_t now) {
  Registration done = registering.wanted;
  SAPROXY_TRY(done.entity_id, done.kind == EntityKind::Cse ? cse_registered(registering, answer)
                                                           : ae_registered(registering, answer, rules));
  done.registered = now;
  take_end(done, answer);
  const std::string& name = answer != nullptr && answer->resource_name ? *answer->resource_name : registering.name;
  if (!registering.parent.empty() && !name.empty()) done.resource_path = registering.parent + "/" + name;
  if (answer == nullptr) return done;
  done.resource_id = answer->resource_id.value_or("");
  if (done.points_of_access.empty() && answer->points_of_access) done.points_of_access = *answer->points_of_access;
  return done;
}

}  // namespace saproxy::policy
