#include "proxy/registration/registration_attempt.h"

#include <charconv>
#include <utility>

#include "policy/resource_content.h"
#include "proxy/binding/http/to_primitive.h"
#include "proxy/loop/clock.h"
#include "proxy/registration/registration_desk.h"

namespace saproxy::proxy {
namespace {

// Answers to registrations are one resource; one that is larger cannot be looked into and is not believed.
constexpr std::size_t kLargestAnswer = std::size_t{256} << 10;

using policy::RegistryChange;

std::uint16_t response_code_of(const http::ResponseHead& head) {
  const http::Field* field = head.find("X-M2M-RSC");
  std::uint16_t code = 0;
  if (field != nullptr) std::from_chars(field->value.data(), field->value.data() + field->value.size(), code);
  return code;
}

std::optional<policy::ResourceContent> read(const http::ResponseHead& head, std::span<const std::uint8_t> body) {
  if (body.empty()) return std::nullopt;
  const http::Field* type = head.find("Content-Type");
  const auto serialisation = http::serialisation_of(type == nullptr ? "application/json" : type->value);
  if (!serialisation) return std::nullopt;
  const std::string_view text(reinterpret_cast<const char*>(body.data()), body.size());
  auto content = policy::read_resource_content(*serialisation, text);
  return content ? std::optional(*std::move(content)) : std::nullopt;
}

}  // namespace

RegistrationAttempt::RegistrationAttempt(RegistrationDesk& desk, RegistrationCaller& caller,
                                         std::shared_ptr<const policy::Snapshot> snapshot, RegistryIntent intent)
    : desk_(desk), caller_(&caller), snapshot_(std::move(snapshot)), intent_(std::move(intent)), exchange_(*this) {
  if (const auto* registering = std::get_if<policy::Registering>(&intent_)) claimed_ = registering->wanted.entity_id;
}

RegistrationAttempt::~RegistrationAttempt() {
  if (!claimed_.empty()) desk_.registry().release(claimed_);
}

std::optional<UpstreamFailure> RegistrationAttempt::send(const policy::Forward& permission, SlotRef ref,
                                                         std::span<const std::uint8_t> request) {
  ref_ = ref;
  const auto failure = desk_.upstream_.start(permission, exchange_, false);
  if (failure) {
    over();
    return failure;
  }
  if (deadline_.open(this, [&](uv_timer_t* timer) { return uv_timer_init(desk_.loop_, timer); }) == 0) {
    const auto limit = snapshot_->config().cse.response_timeout;
    const auto on_timeout = [](uv_timer_t* timer) {
      if (auto* attempt = owner_of<RegistrationAttempt>(timer)) attempt->fail(UpstreamFailure::Timeout);
    };
    uv_timer_start(deadline_.get(), on_timeout, static_cast<std::uint64_t>(limit.count()), 0);
  }
  exchange_.send(request);
  if (exchange_.active()) exchange_.finish_request();
  return std::nullopt;
}

void RegistrationAttempt::on_response_head(const http::ResponseHead& head) { head_ = head.copy(); }

void RegistrationAttempt::on_response_body(std::span<const std::uint8_t> body) {
  if (body_.size() + body.size() > kLargestAnswer) return fail(UpstreamFailure::BadAnswer);
  body_.insert(body_.end(), body.begin(), body.end());
}

void RegistrationAttempt::on_response_failed(UpstreamFailure failure) { fail(failure); }

void RegistrationAttempt::on_response_end() {
  deadline_.reset();
  if (succeeded()) return success();
  give_answer();
  over();
}

// By the response status code, or by the HTTP status where a CSE sends none.
bool RegistrationAttempt::succeeded() const {
  const std::uint16_t code = response_code_of(head_);
  const bool creates = std::holds_alternative<policy::Registering>(intent_);
  if (code == 0) return creates ? head_.status == 201 : head_.status / 100 == 2;
  return creates ? code == 2001 : code / 1000 == 2;
}

void RegistrationAttempt::success() {
  const std::optional<policy::ResourceContent> content = read(head_, body_);
  if (auto* removal = std::get_if<RegistryRemoval>(&intent_)) {
    RegistryChange change;
    change.kind = RegistryChange::Kind::Erase;
    change.registration.entity_id = removal->entity_id;
    return record(std::move(change));
  }
  if (auto* update = std::get_if<RegistryUpdate>(&intent_)) {
    policy::take_end(update->registration, content ? &*content : nullptr);
    return record({RegistryChange::Kind::Put, std::move(update->registration)});
  }
  auto confirmed = policy::confirm(std::get<policy::Registering>(intent_), content ? &*content : nullptr,
                                   snapshot_->gate_rules(), unix_milliseconds() / 1000);
  if (!confirmed) {
    desk_.counters_.misfits[static_cast<std::size_t>(confirmed.error())].add();
    return unconfirmed(to_text(confirmed.error()));
  }
  record({RegistryChange::Kind::Put, *std::move(confirmed)});
}

void RegistrationAttempt::record(RegistryChange change) {
  desk_.registrar_.record(std::move(change), [post = desk_.post_, ref = ref_](bool durable) { post({ref, durable}); });
}

void RegistrationAttempt::recorded(bool durable) {
  if (!durable) {
    desk_.counters_.not_recorded.add();
    return unconfirmed("not_recorded");
  }
  const bool removal = std::holds_alternative<RegistryRemoval>(intent_);
  (removal ? desk_.counters_.removed : desk_.counters_.recorded).add();
  claimed_.clear();  // the registration has taken its place
  give_answer();
  over();
}

void RegistrationAttempt::unconfirmed(std::string_view why) {
  desk_.complain_("registry: the CSE's success is not passed on: " + std::string(why));
  if (auto* caller = std::exchange(caller_, nullptr)) caller->on_registration_unconfirmed();
  over();
}

void RegistrationAttempt::give_answer() {
  if (auto* caller = std::exchange(caller_, nullptr)) caller->on_registration_answer(head_, body_);
}

void RegistrationAttempt::fail(UpstreamFailure failure) {
  exchange_.abandon();
  deadline_.reset();
  if (auto* caller = std::exchange(caller_, nullptr)) caller->on_registration_failed(failure);
  over();
}

void RegistrationAttempt::over() { desk_.attempts_.retire(ref_); }

}  // namespace saproxy::proxy
