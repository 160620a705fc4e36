#include "policy/explain.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "identity/printable.h"
#include "policy/judging.h"
#include "policy/registering.h"
#include "policy/resource_content.h"

namespace saproxy::policy {
namespace {

using identity::Association;
using identity::CertificateFlavour;
using identity::CredentialId;
using identity::CredentialType;
using identity::printable;

void line(std::string& out, std::string_view label, std::string_view text) {
  constexpr std::size_t kWidth = 13;
  out.append(label).append(label.size() < kWidth ? kWidth - label.size() : 1, ' ').append(text).push_back('\n');
}

std::string_view describe(CredentialType type) {
  switch (type) {
    case CredentialType::MefKey: return "key provisioned by a MEF (KpmID)";
    case CredentialType::MafKey: return "key for a MAF (KmID)";
    case CredentialType::SaefKey: return "pre-shared key (KpsaID)";
    case CredentialType::RawPublicKey: return "raw public key";
    case CredentialType::DeviceCertificate: return "device certificate";
    case CredentialType::CseIdCertificate: return "CSE-ID certificate";
    case CredentialType::AeIdCertificate: return "AE-ID certificate";
    case CredentialType::NodeIdCertificate: return "Node-ID certificate";
  }
  return "unknown";
}

// The CSE-ID that a type 32 value names: "//sp.example.com/cse1", "/cse1" or its public domain name.
std::optional<identity::CseId> cse_of(std::string_view value, const identity::LocalEntity& local) {
  auto named = identity::classify_originator(value);
  using Form = identity::Originator::Form;
  if (named.form == Form::CseId || (named.form == Form::AbsoluteCse && *named.sp == local.sp))
    return std::move(named.cse);
  return identity::cse_of_domain_name(value, local);
}

// Rebuilds what a handshake would have proved: what the value of the Credential-ID says of the certificate.
identity::Credential certificate_of(const CredentialId& id, CertificateFlavour flavour,
                                    const identity::LocalEntity& local) {
  identity::CertificateName name{flavour, id, std::nullopt, std::nullopt};
  if (flavour == CertificateFlavour::AeId) {
    if (auto ae = identity::AeId::parse_absolute(id.value())) name.ae_id = *std::move(ae);
  } else if (flavour == CertificateFlavour::CseId) {
    name.cse_id = cse_of(id.value(), local);
  }
  return identity::ProvenCertificate{std::move(name), INT64_MAX};
}

struct Rebuilt {
  identity::Credential credential;
  std::string note;  // what the handshake would need
};

identity::Result<Rebuilt> psk_of(const CredentialId& id, const Snapshot& snapshot) {
  SAPROXY_TRY(auto psk, identity::PskIdentity::parse(id.value()));
  const bool known = snapshot.find_psk(id.value()) != nullptr;
  return Rebuilt{identity::ProvenPsk{std::move(psk), {}},
                 known ? "" : "no [[psk]] has this identity: the handshake fails"};
}

identity::Result<Rebuilt> raw_key_of(const CredentialId& id, const Snapshot& snapshot) {
  SAPROXY_TRY(auto name, identity::PublicKeyName::parse(id.value()));
  const bool trusted = snapshot.trusts_raw_key(name);
  return Rebuilt{identity::ProvenRawKey{std::move(name)},
                 trusted ? "" : "this raw public key is not trusted: the handshake fails"};
}

identity::Result<Rebuilt> rebuild(const CredentialId& id, const Snapshot& snapshot) {
  const auto& local = snapshot.local();
  switch (id.type()) {
    case CredentialType::MefKey:
    case CredentialType::MafKey:
      return identity::fail(identity::ErrorCode::Unsupported,
                            "no handshake of this version proves this type of credential");
    case CredentialType::SaefKey: return psk_of(id, snapshot);
    case CredentialType::RawPublicKey: return raw_key_of(id, snapshot);
    case CredentialType::DeviceCertificate: return Rebuilt{certificate_of(id, CertificateFlavour::Device, local), ""};
    case CredentialType::CseIdCertificate: return Rebuilt{certificate_of(id, CertificateFlavour::CseId, local), ""};
    case CredentialType::AeIdCertificate: return Rebuilt{certificate_of(id, CertificateFlavour::AeId, local), ""};
    case CredentialType::NodeIdCertificate: return Rebuilt{certificate_of(id, CertificateFlavour::NodeId, local), ""};
  }
  return identity::fail(identity::ErrorCode::Unsupported, "unknown type of credential");
}

bool is_served(const identity::Credential& credential, const ListenerSettings& listener) {
  if (std::holds_alternative<identity::ProvenPsk>(credential)) return listener.psk;
  if (std::holds_alternative<identity::ProvenRawKey>(credential)) return listener.raw_public_keys;
  return listener.certificates;
}

std::string identities_text(const Association& association) {
  if (const auto* cse = association.cse_id()) return "CSE " + cse->sp_relative();
  std::string text;
  for (const auto& stem : association.known_stems().patterns())
    text.append(text.empty() ? "AE " : ", ").append(stem.text());
  return text.empty() ? "none yet: may register an AE and nothing else" : text;
}

std::string source_text(const Association& association, const Snapshot& snapshot) {
  std::string text(to_text(association.source));
  const auto& configured = snapshot.config().identities;
  const auto entry = configured.find(association.credential_id.text());
  const std::string origin = entry == configured.end() ? "" : snapshot.config().text(entry->second.origin);
  return origin.empty() ? text : text + ", " + printable(origin);
}

Primitive primitive_of(const ExplainRequest& request) {
  Primitive primitive;
  primitive.operation = request.operation;
  primitive.to = request.to;
  if (request.from) primitive.from = *request.from;
  if (request.resource_type) primitive.resource_type = Parameter<std::uint32_t>::of(*request.resource_type);
  if (request.result_content) primitive.result_content = Parameter<std::uint32_t>::of(*request.result_content);
  if (request.request_expiration) primitive.request_expiration = *request.request_expiration;
  return primitive;
}

std::string request_text(const ExplainRequest& request) {
  std::string text(to_text(request.operation));
  if (request.resource_type) text += " ty=" + std::to_string(*request.resource_type);
  if (request.app_id) text += " api=" + printable(*request.app_id);
  if (request.result_content) text += " rcn=" + std::to_string(*request.result_content);
  text += request.from ? " From=" + printable(*request.from) : " without From";
  return text + " To=" + printable(request.to);
}

void explain_refusal(std::string& out, const Refuse& refuse) {
  const ReasonInfo& reason = info(refuse.reason);
  line(out, "decision", "refuse");
  line(out, "response",
       std::to_string(static_cast<unsigned>(refuse.code)) + " " + std::string(name_of(refuse.code)) + ", HTTP " +
           std::to_string(http_status_of(refuse.code)));
  line(out, "reason", reason.word);
  line(out, "rule", reason.clause);
  line(out, "told", reason.text);
}

// What the content of a registration would say.
ResourceContent content_of(const ExplainRequest& request) {
  ResourceContent content;
  content.type = request.resource_type.value_or(0);
  if (content.type == kTypeAe) content.app_id = request.app_id.value_or("Nassumed");
  (content.type == kTypeAe ? content.ae_id : content.cse_id) = request.content_id;
  return content;
}

struct Judged {
  const Snapshot& snapshot;
  const Association& association;
  const Primitive& primitive;
  const Registry& registry;
};

// Nothing when the registration may go to the CSE.
std::optional<Refuse> claim(const Judged& judged, const Registering& registering) {
  const Registration& wanted = registering.wanted;
  Claim answer =
      judged.registry.may_claim(wanted.entity_id, wanted.credential_id, is_listed(registering, wanted.entity_id));
  if (answer == Claim::Granted && judged.registry.find(wanted.entity_id) == nullptr)
    answer = judged.registry.room(wanted.credential_id, limits_of(judged.snapshot.config().registry));
  const auto reason = check_claim(registering, answer, judged.snapshot.gate_rules());
  return reason ? std::optional(judged.snapshot.gate().refuse(*reason)) : std::nullopt;
}

void explain_forward(std::string& out, const Forward& forward, const Judged& judged) {
  std::string recorded;
  if (forward.registers()) {
    const Registering registering =
        registering_of(forward, judged.primitive, judged.association, judged.snapshot.gate_rules());
    if (const auto refuse = claim(judged, registering)) return explain_refusal(out, *refuse);
    const std::string& id = registering.wanted.entity_id;
    recorded = (id.empty() ? "the AE-ID that the CSE assigns" : printable(id)) + ", once the CSE has created it";
  }
  line(out, "decision", "forward");
  line(out, "rule", forward.rule());
  if (forward.app_rule() != nullptr) line(out, "app rule", printable(forward.app_rule()->origin));
  line(out, "From at CSE", forward.originator().empty() ? "none" : printable(forward.originator()));
  if (!recorded.empty()) line(out, "registers", recorded);
}

void explain_decision(std::string& out, const Judged& judged, std::int64_t now) {
  const IdentifierSet cses = judged.registry.registree_cses();
  const Decision decision = judged.snapshot.gate().judge(&judged.association, judged.primitive, now, &cses);
  if (const auto* refuse = std::get_if<Refuse>(&decision)) return explain_refusal(out, *refuse);
  if (const auto* forward = std::get_if<Forward>(&decision)) return explain_forward(out, *forward, judged);
  line(out, "decision", "waits for the application rules, which are not here yet");
}

}  // namespace

const ListenerSettings* find_listener(const Config& config, std::string_view name) {
  if (config.listeners.empty()) return nullptr;
  if (name.empty()) return &config.listeners.front();
  return find_named(config.listeners, name);
}

std::string explain(const Snapshot& snapshot, const ListenerSettings& listener, const ExplainRequest& request,
                    const Registry& registry, std::int64_t now) {
  std::string out;
  line(out, "listener", printable(listener.name));
  const auto id = CredentialId::parse(request.credential_id);
  if (!id) {
    line(out, "credential", printable(request.credential_id) + ": " + id.error().detail);
    return out;
  }
  line(out, "credential", printable(id->text()) + " (" + std::string(describe(id->type())) + ")");
  auto rebuilt = rebuild(*id, snapshot);
  if (!rebuilt) {
    line(out, "note", rebuilt.error().detail);
    return out;
  }
  if (!rebuilt->note.empty()) line(out, "note", rebuilt->note);
  if (!is_served(rebuilt->credential, listener))
    line(out, "note", "this listener does not take this kind of credential: the handshake fails");
  auto bound = associate(snapshot, listener, rebuilt->credential, "explain", now / 1000);
  if (const auto* none = std::get_if<identity::NoIdentity>(&bound)) {
    line(out, "identity", "none (" + std::string(to_text(*none)) + "): the handshake is refused");
    return out;
  }
  auto& association = std::get<Association>(bound);
  if (association.may_learn())
    association.learned = std::make_shared<const identity::Learned>(
        identity::Learned{registry.stems_of(association.credential_id.text())});
  line(out, "identity", identities_text(association));
  line(out, "source", source_text(association, snapshot));
  line(out, "request", request_text(request));
  Primitive primitive = primitive_of(request);
  const ResourceContent content = content_of(request);
  if (content.type != 0) primitive.content = &content;
  explain_decision(out, {snapshot, association, primitive, registry}, now);
  return out;
}

}  // namespace saproxy::policy
