// The part of HttpStage for direct URLs in nu and su of <subscription>: the CSE gets a local address for each that
// leads to a registree. Its token is on disk before the CSE hears of it. Other resources go on as they come.
//
//   CREATE <subscription> ──▶ collect ─┐
//   UPDATE ─▶ first name ▸ sub ────────┴─▶ translate ▸ new tokens? ▸ record, translate again ─▶ CSE
//                        └ another ─▶ stream
//
// Spec: TS-0004 7.4.8; TS-0003 8.2.1 (no SA2 without a registered identity)
#include <algorithm>
#include <utility>

#include "identity/bytes.h"
#include "policy/content_translation.h"
#include "policy/originator_view.h"
#include "proxy/http_stage.h"
#include "proxy/registration/fresh_token.h"
#include "proxy/registration/registration_desk.h"

namespace saproxy::proxy {

using identity::as_bytes;
using identity::as_text;
using identity::ErrorCode;
using identity::fail;
using policy::NotificationTarget;

namespace {

// One token for one URL of one registree, also when it stands in nu and in su.
identity::Result<std::string> token_for(std::vector<NotificationTarget>& fresh, const std::string& entity_id,
                                        std::string_view url, const std::string& subscriber) {
  for (const NotificationTarget& target : fresh)
    if (target.entity_id == entity_id && target.url == url) return target.token;
  SAPROXY_TRY(std::string token, fresh_token(policy::LocalRoute::Target));
  fresh.push_back({token, entity_id, std::string(url), unix_seconds(), subscriber});
  return token;
}

}  // namespace

// CREATE of a <subscription>, or an UPDATE that may be of one.
bool HttpStage::may_write_targets() {
  const http::RequestHead& head = parser_.head();
  const bool creates = operation_ == policy::Operation::Create && primitive_.resource_type.present() &&
                       primitive_.resource_type.value == policy::kTypeSubscription;
  if (!creates && operation_ != policy::Operation::Update) return false;
  const policy::Config& config = host_.snapshot().config();
  return head.has_body() && config.egress && config.egress->translate_notification_uri && host_.translation() &&
         http::serialisation_of(primitive_.content_type);
}

void HttpStage::begin_targets(const policy::Forward& permission) {
  targets_ = std::make_unique<TargetsInRequest>();
  if (operation_ == policy::Operation::Create) return begin_collecting(Collecting::ForTargets);
  if (collects()) return forward(permission);  // all of it is there before it is looked at
  targets_->awaits_beginning = true;
  invite_body();
}

void HttpStage::look_at_beginning(std::span<const std::uint8_t> body) {
  const auto serialisation = http::serialisation_of(primitive_.content_type);
  targets_->beginning += as_text(body);
  const policy::TopResource top = policy::top_resource_of(*serialisation, targets_->beginning);
  if (top != policy::TopResource::Undecided) settle_beginning(top);
}

void HttpStage::settle_beginning(policy::TopResource top) {
  targets_->awaits_beginning = false;
  const std::string beginning = std::exchange(targets_->beginning, {});
  if (top == policy::TopResource::Subscription) {
    begin_collecting(Collecting::ForTargets);
    if (collected_) collect(as_bytes(beginning));
    return;
  }
  targets_.reset();
  const std::optional<policy::Forward> permission = judge();
  if (!permission) return;
  forward(*permission);
  if (collected_) return collect(as_bytes(beginning));  // since the head came, the CSE wants requests whole
  if (http::serialisation_of(primitive_.content_type) == policy::Serialisation::Json) root_.emplace();
  append_request_body(as_bytes(beginning));
}

// What was collected, for whichever reason, has to be looked into.
bool HttpStage::collected_targets() const {
  if (!targets_) return false;
  if (collecting_ == Collecting::ForTargets) return true;
  const auto serialisation = http::serialisation_of(primitive_.content_type);
  const std::string_view body = as_text(collected_.bytes());
  if (policy::top_resource_of(*serialisation, body) != policy::TopResource::Other) return true;
  return serialisation == policy::Serialisation::Json && !policy::JsonRoot().feed(body);
}

void HttpStage::forward_with_targets() {
  CollectedBody body = std::move(collected_);
  if (body.bytes().size() > kLargestLookedInto) return refuse_oversized(413);
  const auto serialisation = http::serialisation_of(primitive_.content_type);
  std::vector<NotificationTarget> fresh;
  const auto local = with_local_targets(*serialisation, as_text(body.bytes()), fresh);
  if (!local) return refuse_content(local.error());
  if (fresh.empty()) return send_whole(*local ? as_bytes(**local) : body.bytes());
  if (std::exchange(targets_->asked, true)) return refuse_targets(TargetsOutcome::Gone);
  collected_ = std::move(body);
  targets_->wish =
      services_.registrations.record_targets(std::move(fresh), host_.snapshot().config().egress->targets, *this);
}

// The content for the CSE, if it is another than the originator's. `fresh`: the tokens in it that are still to be
// recorded.
identity::Result<std::optional<std::string>> HttpStage::with_local_targets(policy::Serialisation serialisation,
                                                                           std::string_view body,
                                                                           std::vector<NotificationTarget>& fresh) {
  const policy::GateRules& rules = host_.snapshot().gate_rules();
  const auto translation = host_.translation();
  if (!translation || !host_.snapshot().config().egress) return std::nullopt;
  const policy::EgressSettings& egress = *host_.snapshot().config().egress;
  const std::string subscriber = host_.association().credential_id.text();
  const SharedRegistry& registry = services_.registrations.registry();
  const std::string_view originator =
      policy::registree_id_of(policy::view_originator(primitive_.from, rules.comma_in_stems), rules.cse.sp_relative());
  const auto local_of = [&](std::string_view url,
                            const policy::PointOfAccess& parsed) -> identity::Result<std::optional<std::string>> {
    auto known = registry.target_at(parsed, url, originator);
    if (!known) {
      if (egress.unknown_target == policy::UnknownTarget::Keep) return std::nullopt;
      return fail(ErrorCode::NotFound, "nobody who is registered has a point of access at this scheme, host and port");
    }
    if (known->token.empty()) {
      SAPROXY_TRY(known->token, token_for(fresh, known->entity_id, url, subscriber));
    }
    return translation->addresses.address_of(known->token, parsed.query);
  };
  return policy::translate_notification_targets(serialisation, body, policy::TranslationRules::of(egress), local_of);
}

void HttpStage::leave_targets() {
  if (!targets_) return;
  services_.registrations.leave_targets(targets_->wish);
  targets_.reset();
}

void HttpStage::on_targets_recorded(TargetsOutcome outcome) {
  if (phase_ == Phase::Over) return;
  services_.registrations.leave_targets(std::exchange(targets_->wish, {}));  // it may be the deadline that speaks
  if (outcome != TargetsOutcome::Recorded) {
    refuse_targets(outcome);
    if (!processing_) flush_answer();
    return;
  }
  host_.set_phase_deadline(services_.after(host_.snapshot().config().cse.response_timeout));
  processing_ = true;  // a request that is held behind this one has to wait until it is done with
  forward_with_targets();
  processing_ = false;
  flush_answer();
  go_on();
}

void HttpStage::refuse_targets(TargetsOutcome outcome) {
  using policy::ResponseCode;
  if (outcome == TargetsOutcome::Full)
    return refuse(ResponseCode::NotAcceptable, "too many different URLs in nu and su");
  if (outcome == TargetsOutcome::Gone)
    return refuse(ResponseCode::BadRequest, "nu or su leads to somebody whose registration has just ended");
  refuse(ResponseCode::InternalServerError, "the notification targets could not be recorded");
}

}  // namespace saproxy::proxy
