// The part of HttpStage for direct URLs in nu and su of <subscription>: the CSE gets a local address for each that
// leads to a registree. Its token is on disk before the CSE hears of it. Other resources go on as they come.
//
//   CREATE <subscription> ──▶ collect ─┐
//   UPDATE ─▶ first name ▸ sub ────────┴─▶ translate ▸ new tokens? ▸ record, translate again ─▶ CSE
//                        └ another ─▶ stream
//
// Spec: TS-0004 7.4.8; TS-0003 8.2.1 (no SA2 without a registered identity)
#include <algorithm>
#include <array>
#include <utility>

#include "policy/content_translation.h"
#include "policy/originator_view.h"
#include "proxy/http_stage.h"
#include "proxy/registration/registration_desk.h"
#include "proxy/session/random.h"

namespace saproxy::proxy {
namespace {

using identity::ErrorCode;
using identity::fail;
using policy::NotificationTarget;

constexpr std::size_t kLargestSubscription = std::size_t{64} << 10;

std::string_view as_text(std::span<const std::uint8_t> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// One token for one URL of one registree, also when it stands in nu and in su.
identity::Result<std::string> fresh_token(std::vector<NotificationTarget>& fresh, const std::string& entity_id,
                                          std::string_view url, const std::string& subscriber) {
  for (const NotificationTarget& target : fresh)
    if (target.entity_id == entity_id && target.url == url) return target.token;
  std::array<std::uint8_t, policy::kTokenEntropy> entropy{};
  if (!fill_random(entropy)) return fail(ErrorCode::Failed, "no random numbers");
  std::string token = policy::make_token(policy::LocalRoute::Target, entropy);
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
  const bool has_body = head.chunked || head.content_length.value_or(0) > 0;
  return has_body && config.egress && config.egress->translate_notification_uri && host_.translation() &&
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
  append_request_body(as_bytes(beginning));
}

// What was collected, for whichever reason, has to be looked into.
bool HttpStage::collected_targets() const {
  if (!targets_) return false;
  if (collecting_ == Collecting::ForTargets) return true;
  const auto serialisation = http::serialisation_of(primitive_.content_type);
  return policy::top_resource_of(*serialisation, as_text(collected_.bytes())) != policy::TopResource::Other;
}

void HttpStage::forward_with_targets() {
  CollectedBody body = std::move(collected_);
  if (body.bytes().size() > kLargestSubscription) return refuse_oversized(413);
  const auto serialisation = http::serialisation_of(primitive_.content_type);
  std::vector<NotificationTarget> fresh;
  const auto local = with_local_targets(*serialisation, as_text(body.bytes()), fresh);
  if (!local) return refuse_content(local.error().detail);
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
      SAPROXY_TRY(known->token, fresh_token(fresh, known->entity_id, url, subscriber));
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
  http::RefusalText text{policy::ResponseCode::InternalServerError,
                         std::nullopt,
                         "the notification targets could not be recorded",
                         primitive_.request_id,
                         primitive_.release_version,
                         http::answer_serialisation(parser_.head()),
                         false,
                         false};
  if (outcome == TargetsOutcome::Full) {
    text.code = policy::ResponseCode::NotAcceptable;
    text.text = "too many different URLs in nu and su";
  } else if (outcome == TargetsOutcome::Gone) {
    text.code = policy::ResponseCode::BadRequest;
    text.text = "nu or su leads to somebody whose registration has just ended";
  }
  refuse(text);
}

}  // namespace saproxy::proxy
