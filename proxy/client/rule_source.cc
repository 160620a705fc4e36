#include "proxy/client/rule_source.h"

#include <algorithm>
#include <utility>

#include "identity/printable.h"
#include "proxy/loop/clock.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::Result;
using policy::ServiceProfile;
using Level = policy::LogSettings::Level;

namespace {

FetchResult result_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::Failed:
    case ErrorCode::NotFound:
    case ErrorCode::IsFolder: return FetchResult::Unreachable;
    case ErrorCode::NotPermitted: return FetchResult::Refused;
    case ErrorCode::OutOfRange: return FetchResult::TooMuch;
    case ErrorCode::BadSyntax:
    case ErrorCode::WrongLength:
    case ErrorCode::Unsupported:
    case ErrorCode::Conflict: return FetchResult::Malformed;
  }
  return FetchResult::Malformed;
}

bool same_profile(const ServiceProfile& a, const ServiceProfile& b) {
  if (a.state != b.state || (a.rules == nullptr) != (b.rules == nullptr)) return false;
  return a.rules == nullptr || a.rules->all() == b.rules->all();
}

// Ever slower answers must not keep a fetch alive for days.
std::uint64_t longest_fetch(const policy::RuleSourceSettings& source) {
  return static_cast<std::uint64_t>(std::max(source.refresh, 10 * source.timeout).count());
}

}  // namespace

std::string_view to_text(FetchResult result) {
  switch (result) {
    case FetchResult::Ok: return "ok";
    case FetchResult::NoNode: return "no_node";
    case FetchResult::Unreachable: return "unreachable";
    case FetchResult::Refused: return "refused";
    case FetchResult::Malformed: return "malformed";
    case FetchResult::TooMuch: return "too_much";
  }
  return "";
}

RuleSource::RuleSource(uv_loop_t* loop, Callbacks callbacks, std::uint32_t seed)
    : loop_(loop), callbacks_(std::move(callbacks)), random_(seed) {
  static_cast<void>(
      timer_.open(this, [loop](uv_timer_t* timer) { return uv_timer_init(loop, timer); }));  // never fails
}

RuleSource::~RuleSource() = default;

bool RuleSource::same_source(const policy::Config& config) const {
  const policy::RuleSourceSettings& other = config.rule_source;
  return schedule_ && source_.address == other.address && source_.base == other.base &&
         source_.originator == other.originator && source_.max_rules == other.max_rules && cse_.id == config.cse.id &&
         cse_.sp == config.cse.sp;
}

void RuleSource::configure(const policy::Config& config) {
  stop_fetch();
  if (config.registration.app_rules != policy::RegistrationSettings::Rules::Fetched) {
    schedule_.reset();
    profile_ = {};
    last_good_.reset();
    uv_timer_stop(timer_.get());
    return;
  }
  if (!same_source(config)) {
    profile_ = {ServiceProfile::State::Pending, nullptr};
    last_good_.reset();
    last_said_.reset();
  }
  source_ = config.rule_source;
  cse_ = config.cse;
  uv_update_time(loop_);
  schedule_.emplace(source_.refresh, static_cast<std::uint32_t>(random_()), now());
  arm();
}

void RuleSource::wanted() {
  if (!schedule_ || fetch_) return;
  schedule_->wanted(now());
  arm();
}

// The timer runs for whatever comes first.
void RuleSource::arm() {
  std::uint64_t due = fetch_ ? fetch_deadline_ : schedule_->next();
  if (source_.max_age && last_good_ && profile_.state == ServiceProfile::State::Present)
    due = std::min(due, *last_good_ + static_cast<std::uint64_t>(source_.max_age->count()) + 1);
  uv_timer_start(timer_.get(), &on_timer, due > now() ? due - now() : 0, 0);
}

void RuleSource::on_timer(uv_timer_t* timer) noexcept {
  if (auto* source = owner_of<RuleSource>(timer)) source->look();
}

bool RuleSource::copy_is_too_old() const {
  return source_.max_age && last_good_ && now() > *last_good_ + static_cast<std::uint64_t>(source_.max_age->count());
}

void RuleSource::look() {
  if (fetch_ && now() >= fetch_deadline_)
    return failed({ErrorCode::Failed, "its answers came too slowly for a whole fetch"});
  if (!fetch_ && now() >= schedule_->next()) return begin();
  if (copy_is_too_old()) use({ServiceProfile::State::Unavailable, nullptr});
  arm();
}

void RuleSource::begin() {
  schedule_->begun(now());
  fetch_.emplace(cse_.id, cse_.sp, source_.base, source_.max_rules);
  fetch_deadline_ = now() + longest_fetch(source_);
  transport_ = callbacks_.connect(source_, cse_);
  arm();
  ask();
}

void RuleSource::ask() {
  transport_->ask(*fetch_->question(), [this](const Result<policy::CseAnswer>& answer) { answered(answer); });
}

void RuleSource::answered(const Result<policy::CseAnswer>& answer) {
  if (!answer) return failed(answer.error());
  if (const Result<void> taken = fetch_->take(*answer); !taken) return failed(taken.error());
  if (fetch_->question() != nullptr) return ask();
  done();
}

void RuleSource::stop_fetch() {
  transport_.reset();
  fetch_.reset();
}

void RuleSource::done() {
  ServiceProfile profile = fetch_->take_profile();
  const bool found = profile.state == ServiceProfile::State::Present;
  std::string text = found ? std::to_string(profile.rules->size()) + " application rules fetched from "
                           : "no service subscription profile names " + cse_.id.sp_relative() + " at ";
  text += source_.address.text();
  if (fetch_->dangling() > 0) text += "; " + std::to_string(fetch_->dangling()) + " links lead nowhere";
  if (fetch_->useless() > 0) text += "; " + std::to_string(fetch_->useless()) + " elements can match nothing";
  stop_fetch();
  schedule_->succeeded(now());
  last_good_ = now();
  report_.last_success = unix_seconds();
  const bool same = same_profile(profile, profile_);
  if (!same) last_said_.reset();  // other rules are worth a line
  say(found ? FetchResult::Ok : FetchResult::NoNode, text);
  if (!same) use(std::move(profile));
  arm();
}

void RuleSource::failed(const identity::Error& error) {
  const std::string detail = identity::printable(error.detail);
  stop_fetch();
  schedule_->failed(now());
  const bool keep = profile_.state == ServiceProfile::State::Present && !copy_is_too_old();
  say(result_of(error.code), "application rules cannot be fetched from " + source_.address.text() + ": " + detail +
                                 (keep ? "; the last good copy stays in force" : ""));
  if (!keep) use({ServiceProfile::State::Unavailable, nullptr});
  arm();
}

// One line for each change of what happens, not for each fetch.
void RuleSource::say(FetchResult result, const std::string& text) {
  ++report_.fetches[static_cast<std::size_t>(result)];
  if (last_said_ == result) return;
  last_said_ = result;
  callbacks_.inform(result == FetchResult::Ok ? Level::Info : Level::Warning, text);
}

void RuleSource::use(ServiceProfile profile) {
  if (same_profile(profile, profile_)) return;
  profile_ = std::move(profile);
  callbacks_.changed();
}

}  // namespace saproxy::proxy
