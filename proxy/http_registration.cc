// The part of HttpStage for requests that change who is registered: they are collected, judged by their content, and go
// to the CSE as an attempt that outlives this connection. Design invariant 9.
#include <utility>

#include "identity/bytes.h"
#include "policy/registering.h"
#include "policy/resource_content.h"
#include "proxy/http_stage.h"
#include "proxy/registration/registration_desk.h"

namespace saproxy::proxy {
using identity::as_bytes;
using identity::as_text;

// UPDATE or DELETE of an <AE> or <remoteCSE> that was registered here.
bool HttpStage::changes_registration() {
  const bool changes = operation_ == policy::Operation::Update || operation_ == policy::Operation::Delete;
  return changes && services_.registrations.registry().has_resource(primitive_.to, host_.snapshot().gate_rules());
}

// The whole body is here. The request is judged once more, by its content and as things stand now.
void HttpStage::register_collected() {
  CollectedBody body = std::move(collected_);
  std::optional<policy::ResourceContent> content;
  if (operation_ != policy::Operation::Delete) {
    const auto serialisation = http::serialisation_of(primitive_.content_type);
    auto read = serialisation ? policy::read_resource_content(*serialisation, as_text(body.bytes()))
                              : identity::fail(identity::ErrorCode::Unsupported, "the content type is not known");
    if (!read) return refuse_content(read.error());
    content = *std::move(read);
    primitive_.content = &*content;
  }
  if (host_.learn(false)) identity_changed();  // another connection may have registered meanwhile
  const std::optional<policy::Forward> permission = judge();
  if (permission && permission->registers()) {
    begin_registering(*permission, *content, body.bytes());
  } else if (permission) {
    begin_change(*permission, content ? &*content : nullptr, body.bytes());
  }
  primitive_.content = nullptr;
  if (waits_for_rules_) collected_ = std::move(body);
}

void HttpStage::begin_registering(const policy::Forward& permission, const policy::ResourceContent& content,
                                  std::span<const std::uint8_t> body) {
  const policy::GateRules& rules = host_.snapshot().gate_rules();
  policy::Registering registering = registering_of(permission, primitive_, host_.association(), rules);
  registering.wanted.route = route_of(registering.wanted);
  auto local = with_local_address(content, as_text(body), registering.wanted.route);
  if (!local) return refuse_content(local.error());
  if (claim(registering)) begin_attempt(permission, std::move(registering), *local ? as_bytes(**local) : body);
}

// The token that it has already: some CSEs answer a second CREATE with success, and keep the first resource.
std::string HttpStage::route_of(const policy::Registration& wanted) const {
  const auto known = services_.registrations.registry().find(wanted.entity_id);
  return known && known->credential_id == wanted.credential_id ? known->route : std::string();
}

// The request is whole. Whoever comes first: the rules, by judged_again(), or the deadline.
void HttpStage::wait_for_rules() {
  waits_for_rules_ = true;
  services_.rule_demand.raise();
  host_.set_phase_deadline(services_.after(host_.snapshot().config().rule_source.timeout));
}

void HttpStage::judged_again() {
  identity_changed();
  if (!std::exchange(waits_for_rules_, false)) return;
  host_.set_phase_deadline(services_.after(host_.snapshot().config().cse.response_timeout));
  processing_ = true;  // a request that is held behind this one has to wait until it is done with
  register_collected();
  processing_ = false;
  flush_answer();
  go_on();
}

void HttpStage::refuse_waiting() {
  waits_for_rules_ = false;
  refuse(policy::ResponseCode::TargetNotReachable, "the application rules are not here yet", 503);
  if (!processing_) flush_answer();
}

// The identity is held for this attempt from here on. False: it was refused.
bool HttpStage::claim(const policy::Registering& registering) {
  SharedRegistry& registry = services_.registrations.registry();
  const policy::Registration& wanted = registering.wanted;
  const std::string& credential = wanted.credential_id;
  const policy::Claim claim = registry.claim(registering.claims, credential, is_listed(registering, wanted.entity_id),
                                             policy::limits_of(host_.snapshot().config().registry));
  const auto reason = check_claim(registering, claim, host_.snapshot().gate_rules());
  if (!reason) return true;
  if (claim == policy::Claim::Granted) registry.release(registering.claims, credential);
  refuse(*reason, host_.snapshot().gate().refuse(*reason).code);
  return false;
}

void HttpStage::begin_change(const policy::Forward& permission, const policy::ResourceContent* content,
                             std::span<const std::uint8_t> body) {
  auto known = services_.registrations.registry().find_resource(primitive_.to, host_.snapshot().gate_rules());
  if (content == nullptr)
    return begin_attempt(permission, RegistryRemoval{known ? *std::move(known) : policy::RegistrationKey{}}, body);
  // Gone since the head was read: it is the CSE that says so, and a local address would lead nowhere.
  if (!known) return begin_attempt(permission, RegistryUpdate{{}, *content, {}}, body);
  if (const auto reason = check_update(*known, *content, host_.snapshot().gate_rules()))
    return refuse(*reason, host_.snapshot().gate().refuse(*reason).code);
  RegistryUpdate update{*std::move(known), *content, {}};
  update.route = update.present.route;
  auto local = with_local_address(*content, as_text(body), update.route);
  if (!local) return refuse_content(local.error());
  begin_attempt(permission, std::move(update), *local ? as_bytes(**local) : body);
}

void HttpStage::begin_attempt(const policy::Forward& permission, RegistryIntent intent,
                              std::span<const std::uint8_t> body) {
  const policy::Config& config = host_.snapshot().config();
  http::BodyFraming framing;
  if (!body.empty()) framing = {http::BodyFraming::Kind::Length, body.size()};
  const BufferPool::Borrowed request = services_.buffers.borrow();
  http::write_request_head(*request, parser_.head(), permission, config.cse, config.headers, identity_lines(), framing);
  request->insert(request->end(), body.begin(), body.end());
  // The attempt has its own deadline for the CSE; ours is for what comes after it.
  host_.set_phase_deadline(services_.after(config.cse.response_timeout + host_.listener().limits.answer_timeout));
  std::optional<UpstreamFailure> failure;
  attempt_ =
      services_.registrations.begin(permission, *this, host_.pinned_snapshot(), std::move(intent), *request, failure);
  if (failure) refuse_failure(*failure);
}

void HttpStage::leave_attempt() {
  if (RegistrationAttempt* attempt = std::exchange(attempt_, nullptr)) attempt->leave();
}

void HttpStage::on_registration_answer(const http::ResponseHead& head, std::span<const std::uint8_t> given) {
  attempt_ = nullptr;
  if (host_.learn(false)) identity_changed();
  const auto translated = translated_answer(head, as_text(given));
  const std::span<const std::uint8_t> body = translated ? as_bytes(*translated) : given;
  answer_framing_ = {};
  if (!head.no_body) answer_framing_ = {http::BodyFraming::Kind::Length, body.size()};
  begin_answer(head);
  answer().insert(answer().end(), body.begin(), body.end());
  answer_done_ = true;
  answered();
  if (!processing_) flush_answer();
}

void HttpStage::on_registration_failed(UpstreamFailure failure) {
  attempt_ = nullptr;
  if (phase_ == Phase::Over) return;
  refuse_failure(failure);
  if (!processing_) flush_answer();
}

void HttpStage::on_already_registered() {
  attempt_ = nullptr;
  if (phase_ == Phase::Over) return;
  const policy::Refuse refusal = host_.snapshot().gate().refuse(policy::Reason::AlreadyRegistered);
  refuse(refusal.reason, refusal.code);
  if (!processing_) flush_answer();
}

void HttpStage::on_registration_unconfirmed() {
  attempt_ = nullptr;
  if (phase_ == Phase::Over) return;
  refuse(policy::ResponseCode::InternalServerError, "the registration could not be completed");
  if (!processing_) flush_answer();
}

// Failed: it is not the content's fault. NotFound: what it names is known to nobody.
void HttpStage::refuse_content(const identity::Error& error) {
  if (error.code == identity::ErrorCode::Failed) return refuse(policy::ResponseCode::InternalServerError, error.detail);
  const bool no_target = error.code == identity::ErrorCode::NotFound;
  const policy::Refuse refusal =
      host_.snapshot().gate().refuse(no_target ? policy::Reason::TargetUnknown : policy::Reason::ContentUnreadable);
  count_refusal(refusal.reason, refusal.code);
  refuse(refusal.code, error.detail);
}

}  // namespace saproxy::proxy
