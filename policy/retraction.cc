#include "policy/retraction.h"

#include "policy/cse_address.h"
#include "policy/originator_view.h"
#include "policy/reserved_originator.h"
#include "policy/resource_address.h"

namespace saproxy::policy {
namespace {

std::string originator_of(const Registering& registering, const ResourceContent& answer, const GateRules& rules,
                          std::string_view other) {
  const Registration& wanted = registering.wanted;
  if (wanted.kind == identity::EntityKind::Cse) return wanted.entity_id;
  const std::string_view stem = answer.ae_id ? ae_id_stem(*answer.ae_id, rules) : std::string_view(wanted.entity_id);
  const bool usable = !stem.empty() && !reserved_originator(rules, view_originator(stem, rules.comma_in_stems));
  return std::string(usable ? stem : other);
}

}  // namespace

std::optional<Retraction> retraction_of(const Registering& registering, const ResourceContent* answer,
                                        const GateRules& rules, std::string_view other) {
  if (registering.brings_resource_id || answer == nullptr || !answer->resource_id) return std::nullopt;
  const CseAddress address = view_address(*answer->resource_id, rules);
  if (address.kind != CseAddress::Kind::Inside) return std::nullopt;
  const std::string_view id = address.rest;
  const bool base = id == registering.parent || id == rules.cse.sp_relative().substr(1);
  if (base || id.find('/') != id.npos || !is_plain_address(id)) return std::nullopt;
  return Retraction{std::string(id), originator_of(registering, *answer, rules, other)};
}

}  // namespace saproxy::policy
