// Builders for what the gate is given: rules, associations, primitives. Each shows only what matters.
#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "identity/association.h"
#include "policy/gate.h"
#include "policy/resource_content.h"

namespace saproxy::policy::testing {

inline constexpr std::int64_t kNow = 1'795'500'000'000;  // 2026-11-24T06:00:00Z in Unix milliseconds

inline identity::CseId cse_id(std::string_view text) { return *identity::CseId::parse(text); }

inline identity::StemList stem_list(std::initializer_list<std::string_view> texts) {
  std::vector<identity::Pattern> patterns;
  for (const auto text : texts) patterns.push_back(*identity::Pattern::parse(text));
  return identity::StemList(std::move(patterns));
}

inline std::vector<identity::Pattern> patterns(std::initializer_list<std::string_view> texts) {
  return stem_list(texts).patterns();
}

// The CSE /cse-in of sp.example.com, with the registree CSEs /cse2 and /cse3.
inline GateRules some_rules() {
  return GateRules{.sp = *identity::SpId::parse("sp.example.com"),
                   .cse = cse_id("/cse-in"),
                   .base_name = {},
                   .denied_originators = patterns({"CAdmin", "cse.admin", "Superman", "admin:admin"}),
                   .registree_cses = {"/cse2", "/cse3"},
                   .reserved_stems = {"C1"},
                   // The text of rule 3 by itself; registration_test.cc has what we put on top of it.
                   .registration = {.wildcards_need_registration = false}};
}

// Nobody asks for application rules.
inline Gate a_gate(const GateRules& rules) {
  static const ServiceProfile kUnused;
  return {rules, kUnused};
}

inline identity::Association association_with(identity::EntityKind kind, identity::Identities identities) {
  return identity::Association{.id = "a1",
                               .credential_id = *identity::CredentialId::parse("12-peer@sp.example.com"),
                               .kind = kind,
                               .identities = std::move(identities),
                               .source = identity::IdentitySource::Configured};
}
inline identity::Association an_ae(std::initializer_list<std::string_view> stems) {
  return association_with(identity::EntityKind::Ae, stem_list(stems));
}
inline identity::Association a_cse(std::string_view id) {
  return association_with(identity::EntityKind::Cse, cse_id(id));
}
inline identity::Association a_stranger() { return association_with(identity::EntityKind::Ae, identity::Unresolved{}); }

inline ResourceContent content_of(std::uint32_t type, std::optional<std::string> app_id = std::nullopt) {
  ResourceContent content;
  content.type = type;
  content.app_id = std::move(app_id);
  return content;
}

// "create 2": the operation, and for CREATE the resource type.
inline Primitive a_request(Operation operation, std::optional<std::string_view> from,
                           std::optional<std::uint32_t> type = std::nullopt) {
  Primitive primitive;
  primitive.operation = operation;
  primitive.to = "/cse-in";
  primitive.from = from;
  primitive.request_id = "r1";
  if (type) primitive.resource_type = Parameter<std::uint32_t>::of(*type);
  static const ResourceContent kAe = content_of(kTypeAe, "N.app"), kCse = content_of(kTypeRemoteCse);
  if (type == kTypeAe) primitive.content = &kAe;
  if (type == kTypeRemoteCse) primitive.content = &kCse;
  return primitive;
}

// "forward as 'C1'", "refuse 4106 originator_not_allowed": what rows compare and failures print.
inline std::string to_string(const Decision& decision) {
  if (const auto* forward = std::get_if<Forward>(&decision))
    return "forward as '" + std::string(forward->originator()) + "'";
  if (const auto* refuse = std::get_if<Refuse>(&decision)) {
    return "refuse " + std::to_string(static_cast<unsigned>(refuse->code)) + " " +
           std::string(info(refuse->reason).word);
  }
  return "need";
}

}  // namespace saproxy::policy::testing
