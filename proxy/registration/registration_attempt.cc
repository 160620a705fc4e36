#include "proxy/registration/registration_attempt.h"

#include <utility>

#include "policy/resource_content.h"
#include "policy/retraction.h"
#include "proxy/binding/http/to_primitive.h"
#include "proxy/client/cse_request.h"
#include "proxy/loop/clock.h"
#include "proxy/registration/registration_desk.h"

namespace saproxy::proxy {
namespace {

// Answers to registrations are one resource; one that is larger cannot be looked into and is not believed.
constexpr std::size_t kLargestAnswer = std::size_t{256} << 10;

using policy::RegistryChange;

std::optional<policy::ResourceContent> read(const http::ResponseHead& head, std::span<const std::uint8_t> body) {
  if (body.empty()) return std::nullopt;
  const http::Field* type = head.find("Content-Type");
  const auto serialisation = http::serialisation_of(type == nullptr ? "application/json" : type->value);
  if (!serialisation) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  auto content = policy::read_resource_content(*serialisation, text, policy::WrittenBy::Cse);
  return content ? std::optional(*std::move(content)) : std::nullopt;
}

bool same_registration(const std::optional<policy::Registration>& present, const policy::RegistrationKey& known) {
  return present && present->credential_id == known.credential_id && present->registered == known.registered;
}

}  // namespace

RegistrationAttempt::RegistrationAttempt(RegistrationDesk& desk, RegistrationCaller& caller,
                                         std::shared_ptr<const policy::Snapshot> snapshot, RegistryIntent intent)
    : desk_(desk),
      caller_(&caller),
      snapshot_(std::move(snapshot)),
      intent_(std::move(intent)),
      holds_claims_(std::holds_alternative<policy::Registering>(intent_)),
      exchange_(*this) {}

RegistrationAttempt::~RegistrationAttempt() { release_claims(); }

// Once: the registration is under way no longer.
void RegistrationAttempt::release_claims() {
  if (!std::exchange(holds_claims_, false)) return;
  const auto& registering = std::get<policy::Registering>(intent_);
  desk_.registry().release(registering.claims, registering.wanted.credential_id);
}

// The outcome is known. Whoever waits for it may ask for the same again at once, and finds the claims free.
RegistrationCaller* RegistrationAttempt::settle() {
  release_claims();
  return std::exchange(caller_, nullptr);
}

std::optional<UpstreamFailure> RegistrationAttempt::send(const policy::Forward& permission, SlotRef ref,
                                                         std::span<const std::uint8_t> request) {
  ref_ = ref;
  const auto failure = desk_.upstream_.start(permission, exchange_, false);
  if (failure) {
    over();
    return failure;
  }
  arm_deadline();
  exchange_.send(request);
  if (exchange_.active()) exchange_.finish_request();
  return std::nullopt;
}

void RegistrationAttempt::arm_deadline() {
  if (deadline_.open(this, [&](uv_timer_t* timer) { return uv_timer_init(desk_.loop_, timer); }) != 0) return;
  const auto limit = snapshot_->config().cse.response_timeout;
  const auto on_timeout = [](uv_timer_t* timer) {
    if (auto* attempt = owner_of<RegistrationAttempt>(timer)) attempt->give_up(UpstreamFailure::Timeout);
  };
  uv_timer_start(deadline_.get(), on_timeout, static_cast<std::uint64_t>(limit.count()), 0);
}

void RegistrationAttempt::on_response_head(const http::ResponseHead& head) { head_ = head.copy(); }

void RegistrationAttempt::on_response_body(std::span<const std::uint8_t> body) {
  if (body_.size() + body.size() > kLargestAnswer) return give_up(UpstreamFailure::BadAnswer);
  body_.insert(body_.end(), body.begin(), body.end());
}

void RegistrationAttempt::on_response_failed(UpstreamFailure failure) { fail(failure); }

void RegistrationAttempt::leave() {
  caller_ = nullptr;
  if (!taking_back_ && exchange_.waits_for_connection()) fail(UpstreamFailure::Overloaded);
}

void RegistrationAttempt::on_response_end() {
  deadline_.reset();
  if (taking_back_) {
    const std::uint16_t code = head_.response_code();
    return taken_back(succeeded() || code == 4004 ? "" : "the CSE answers " + std::to_string(code));
  }
  if (succeeded()) return success();
  refused();
}

// By the response status code, or by the HTTP status where a CSE sends none.
bool RegistrationAttempt::succeeded() const {
  const std::uint16_t code = head_.response_code();
  return code == 0 ? head_.status / 100 == 2 : code < 3000;
}

void RegistrationAttempt::success() {
  const std::uint16_t code = head_.response_code();
  const std::optional<policy::ResourceContent> content = read(head_, body_);
  if (code != 0 && code < 2000) return unconfirmed("answered_later");  // nobody would be told when it is done
  if (const auto* removal = std::get_if<RegistryRemoval>(&intent_)) return remove(removal->present);
  if (const auto* update = std::get_if<RegistryUpdate>(&intent_)) {
    return record(
        update->present.entity_id,
        [update = *update, content, snapshot = snapshot_](const auto& present) -> std::optional<RegistryChange> {
          if (!same_registration(present, update.present)) return std::nullopt;
          policy::Registration changed = policy::updated(*present, update.content, snapshot->gate_rules());
          if (update.content.points_of_access) changed.route = update.route;
          policy::take_end(changed, content ? &*content : nullptr);
          policy::take_reachability(changed, content ? &*content : nullptr);
          return RegistryChange{RegistryChange::Kind::Put, std::move(changed)};
        });
  }
  if (code == 0 ? head_.status != 201 : code != 2001) return unconfirmed("not_created");
  const policy::Registering& registering = std::get<policy::Registering>(intent_);
  auto confirmed = policy::confirm(registering, content ? &*content : nullptr, snapshot_->gate_rules(), unix_seconds());
  if (confirmed && !is_listed(registering, confirmed->entity_id) &&
      desk_.registry().is_reserved_for_other(confirmed->entity_id, confirmed->credential_id))
    confirmed = identity::unexpected(policy::Misfit::Reserved);
  if (!confirmed) {
    desk_.counters_.misfits[static_cast<std::size_t>(confirmed.error())].add();
    return unconfirmed(to_text(confirmed.error()));
  }
  std::string id = confirmed->entity_id;
  record(std::move(id), [registration = *std::move(confirmed)](const auto&) -> std::optional<RegistryChange> {
    return RegistryChange{RegistryChange::Kind::Put, registration};
  });
}

// What the CSE does not have is not registered; what it has already is answered as the standard says, with whatever
// code the CSE has for it.
void RegistrationAttempt::refused() {
  const std::uint16_t code = head_.response_code();
  const auto* registering = std::get_if<policy::Registering>(&intent_);
  if (registering == nullptr && code == 4004) {
    const auto* removal = std::get_if<RegistryRemoval>(&intent_);
    return remove(removal != nullptr ? removal->present : std::get<RegistryUpdate>(intent_).present);
  }
  const bool has_it = code == 4105 || code == 4117 || code == 5106;
  const bool known = registering != nullptr && desk_.registry().find(registering->wanted.entity_id).has_value();
  if (known && has_it) {
    if (auto* caller = settle()) caller->on_already_registered();
    return over();
  }
  give_answer();
  over();
}

void RegistrationAttempt::remove(const policy::RegistrationKey& known) {
  record(known.entity_id, [known](const auto& present) -> std::optional<RegistryChange> {
    if (!same_registration(present, known)) return std::nullopt;
    return policy::end_of(*present);
  });
}

void RegistrationAttempt::record(std::string entity_id, Registrar::Change change) {
  desk_.registrar_.record(std::move(entity_id), std::move(change), [post = desk_.post_, ref = ref_](bool durable) {
    post(RegistrationRecorded{ref, durable});
  });
}

void RegistrationAttempt::recorded(bool durable) {
  if (!durable) {
    desk_.counters_.not_recorded.add();
    return unconfirmed("not_recorded");
  }
  const bool removal = std::holds_alternative<RegistryRemoval>(intent_);
  (removal ? desk_.counters_.removed : desk_.counters_.recorded).add();
  give_answer();
  over();
}

void RegistrationAttempt::unconfirmed(std::string_view why) {
  desk_.complain_("registry: the CSE's success is not passed on: " + std::string(why));
  if (take_back()) return;
  if (auto* caller = settle()) caller->on_registration_unconfirmed();
  over();
}

// False: there is nothing that this attempt is sure to have created, or it cannot be sent. The claims are still held:
// nobody else can have created it meanwhile.
bool RegistrationAttempt::take_back() {
  const auto* registering = std::get_if<policy::Registering>(&intent_);
  const std::uint16_t code = head_.response_code();
  if (registering == nullptr || (code == 0 ? head_.status != 201 : code != 2001)) return false;
  const policy::CseSettings& cse = snapshot_->config().cse;
  const policy::GateRules& rules = snapshot_->gate_rules();
  const std::optional<policy::ResourceContent> content = read(head_, body_);
  const auto retraction =
      policy::retraction_of(*registering, content ? &*content : nullptr, rules, cse.id.sp_relative());
  if (!retraction || desk_.registry().has_resource(retraction->to, rules)) return false;
  if (desk_.upstream_.start(policy::Gate::take_back(*retraction), exchange_, false)) {
    desk_.counters_.not_taken_back.add();
    return false;
  }
  desk_.complain_("registry: taking back what the CSE has created in vain: " + retraction->to);
  taking_back_ = true;
  head_ = {};
  body_.clear();
  const std::string request = cse_request("DELETE", {retraction->to, {}, retraction->originator},
                                          cse_request_lines(cse, ""), "saproxy-take-back");
  arm_deadline();
  exchange_.send({reinterpret_cast<const std::uint8_t*>(request.data()), request.size()});
  if (exchange_.active()) exchange_.finish_request();
  return true;
}

// The registree is told only now: the CSE has room for its next attempt.
void RegistrationAttempt::taken_back(std::string_view failure) {
  (failure.empty() ? desk_.counters_.taken_back : desk_.counters_.not_taken_back).add();
  if (!failure.empty())
    desk_.complain_("registry: the CSE keeps what it has created in vain, nobody can speak for it: " +
                    std::string(failure));
  if (auto* caller = settle()) caller->on_registration_unconfirmed();
  over();
}

void RegistrationAttempt::give_answer() {
  if (auto* caller = settle()) caller->on_registration_answer(head_, body_);
}

void RegistrationAttempt::give_up(UpstreamFailure failure) {
  desk_.upstream_.count(failure);
  fail(failure);
}

void RegistrationAttempt::fail(UpstreamFailure failure) {
  exchange_.abandon();
  deadline_.reset();
  if (taking_back_) return taken_back(to_text(failure));
  if (auto* caller = settle()) caller->on_registration_failed(failure);
  over();
}

void RegistrationAttempt::over() {
  release_claims();
  desk_.attempts_.retire(ref_);
}

}  // namespace saproxy::proxy
