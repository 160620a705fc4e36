// Registering: one CREATE <AE> or <remoteCSE> on its way, from the gate's permission to what the CSE made of it:
//
//   gate says forward ─▶ registering_of ▸ Registry::claim ▸ check_claim ─▶ CSE ─▶ confirm ─▶ Registration, recorded
//                                                                              └ refused: the claim is released
//
// Spec: TS-0001 10.2.2.2, 10.2.2.7; TS-0004 7.4.4.2.1, 7.4.5.2.1
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/association.h"
#include "identity/result.h"
#include "policy/decision.h"
#include "policy/gate_rules.h"
#include "policy/registration.h"
#include "policy/registry.h"
#include "policy/resource_content.h"

namespace saproxy::policy {

struct RegistrySettings;

struct Registering {
  Registration wanted;              // what the request says; entity_id empty: the CSE is to assign the AE-ID
  char letter = 0;                  // of the AE-ID that is to be assigned; 0: either
  std::string parent;               // the CSEBase: "-", or what the request calls it where the rules know no such name
  std::string name;                 // rn that the request asks for
  bool brings_resource_id = false;  // its content has an ri, which is for the CSE to choose
  // What nobody else may register while this one is under way: the identity, and the credential that has room for one
  // AE.
  std::vector<std::string> claims;
  // What an assigned AE-ID has to be covered by: the identities of the association, and the rule that let it through.
  std::vector<identity::StemList> allowed;
};

// Do the identities of the association, or the rule that let it through, give it this AE-ID by name?
[[nodiscard]] bool is_listed(const Registering& registering, std::string_view stem);

// `permission` registers(), and the primitive has its content.
[[nodiscard]] Registering registering_of(const Forward& permission, const Primitive& primitive,
                                         const identity::Association& association, const GateRules& rules);

[[nodiscard]] RegistrationLimits limits_of(const RegistrySettings& settings);

// Nothing: the request may go to the CSE. Otherwise a claim that was granted has to be released. The App-ID is looked
// at here because a second registration comes first.
[[nodiscard]] std::optional<Reason> check_claim(const Registering& registering, Claim claim, const GateRules& rules);

// Why the CSE's success is none that we can stand for; each is a word in logs and metrics. The registree is told that
// its registrar failed: nobody gets an identity that was not earned.
enum class Misfit : std::uint8_t {
  NoIdentity,     // the CSE names no AE-ID
  OtherIdentity,  // it names another one than the request
  BadIdentity,    // what it names is no AE-ID of this CSE
  NotAllowed,     // it assigned one that the association or the rule does not cover
  Reserved,       // it assigned an administrator's, or one that configuration or a certificate gives to a credential
};
inline constexpr std::size_t kMisfitCount = static_cast<std::size_t>(Misfit::Reserved) + 1;
[[nodiscard]] std::string_view to_text(Misfit misfit);

// What is to be recorded once the CSE has answered 2001. `answer` null: it sent no content that could be read.
// `now` is Unix seconds.
[[nodiscard]] identity::Result<Registration, Misfit> confirm(const Registering& registering,
                                                             const ResourceContent* answer, const GateRules& rules,
                                                             std::int64_t now);

// The AE-ID-Stem in `ae_id`, whichever form the CSE writes it in; empty: it is none of this CSE's.
[[nodiscard]] std::string_view ae_id_stem(std::string_view ae_id, const GateRules& rules);
// Does a resource belong to this registree, by the identity that it names?
[[nodiscard]] bool names_registree(const ResourceContent& content, identity::EntityKind kind,
                                   std::string_view entity_id, const GateRules& rules);

// Of a credential without identities: it becomes one AE, unless it is a node's or a device's. Spec: TS-0003 8.2.1
[[nodiscard]] bool stands_for_one_ae(const identity::Association& association);

// Nothing: an UPDATE of its resource with this content may go to the CSE. Identities are set at registration; a CSE
// that would let one be changed afterwards would route the messages of another to this registree. Spec:
// TS-0004 7.4.4, 7.4.5 (AE-ID and CSE-ID are not for UPDATE)
[[nodiscard]] std::optional<Reason> check_update(const RegistrationKey& registration, const ResourceContent& content,
                                                 const GateRules& rules);
// What an UPDATE of its resource makes of a registration; what the content leaves out stays.
[[nodiscard]] Registration updated(Registration registration, const ResourceContent& content, const GateRules& rules);
// The end that the CSE gave it, where its answer names one.
void take_end(Registration& registration, const ResourceContent* answer);
// After an UPDATE, where the CSE's answer says it: Mobius4 takes a new rr without an error and keeps the old one.
void take_reachability(Registration& registration, const ResourceContent* answer);

}  // namespace saproxy::policy
