#include "proxy/egress/destination.h"

#include <algorithm>
#include <random>
#include <utility>

#include "proxy/egress/messages.h"
#include "proxy/loop/clock.h"

namespace saproxy::proxy {
namespace {

const std::string kTooLate = "it has waited for too long behind others";

CallResult result_of(ClientError::Kind kind) {
  switch (kind) {
    case ClientError::Kind::NotReached: return CallResult::NotReached;
    case ClientError::Kind::NotProven: return CallResult::NotProven;
    case ClientError::Kind::NoAnswer: return CallResult::NoAnswer;
    case ClientError::Kind::Timeout: return CallResult::Timeout;
    case ClientError::Kind::BadAnswer: return CallResult::BadAnswer;
  }
  return CallResult::NotReached;
}

// Why a session has ended together with an answer, or the lack of one.
std::string_view end_of(const identity::Result<ClientAnswer, ClientError>& answer) {
  if (answer) return "peer_closed";
  switch (answer.error().kind) {
    case ClientError::Kind::Timeout: return "timeout";
    case ClientError::Kind::BadAnswer: return "bad_answer";
    case ClientError::Kind::NotReached:
    case ClientError::Kind::NotProven:
    case ClientError::Kind::NoAnswer: break;
  }
  return "broken";
}

}  // namespace

Destination::Destination(EgressServices& services, FarEndAddress address, std::shared_ptr<const Dialling> dialling)
    : services_(services),
      address_(std::move(address)),
      dialling_(std::move(dialling)),
      far_end_(services.snapshot, dialling_->local, dialling_->contexts->tls().profile, address_.credential_id),
      health_(address_.points.size(), static_cast<PointHealth::Time>(limits().dead_for.count()),
              std::random_device{}()),
      last_used_(services.now()) {
  static_cast<void>(
      timer_.open(this, [&](uv_timer_t* timer) { return uv_timer_init(services_.room.loop, timer); }));  // never fails
}

Destination::~Destination() {
  services_.counters.waiting.subtract(queue_.size());
  queue_.clear();
  current_.reset();
  drop_client("dropped");
  settle_place();
}

// Who is used, or about to be, counts: what is only established would let a burst through.
void Destination::settle_place() {
  if (has_place_ == !idle()) return;
  has_place_ = !has_place_;
  has_place_ ? ++services_.places : --services_.places;
}

std::optional<Destination::Ticket> Destination::submit(EgressCall call) {
  if (queue_.size() >= limits().max_waiting) return std::nullopt;
  queue_.push_back({++last_ticket_, std::move(call)});
  services_.counters.waiting.add();
  settle_place();
  if (!current_) wake();
  return last_ticket_;
}

void Destination::withdraw(Ticket ticket) {
  if (current_ && current_->ticket == ticket) {
    // Whoever asked is gone, and cannot make the request for another address.
    current_->call.request_for = nullptr;
    current_->call.done = nullptr;
    return;
  }
  const auto removed = std::erase_if(queue_, [&](const Waiting& waiting) { return waiting.ticket == ticket; });
  services_.counters.waiting.subtract(removed);
  settle_place();
}

// In a turn of its own.
void Destination::wake() {
  uv_timer_start(
      timer_.get(),
      [](uv_timer_t* timer) noexcept {
        if (auto* destination = owner_of<Destination>(timer)) destination->pump();
      },
      0, 0);
}

void Destination::pump() {
  if (current_ || queue_.empty()) return;
  current_ = std::move(queue_.front());
  queue_.pop_front();
  services_.counters.waiting.subtract();
  last_used_ = turn_began_ = services_.now();
  begun_ = unix_seconds();
  if (current_->call.deadline <= services_.now()) return fail(CallResult::TooLate, kTooLate);
  if (has_expired()) end_session("lifetime");
  if (in_session()) return ask();
  begin();
}

void Destination::begin() {
  order_ = health_.alive(services_.now());
  services_.counters.points_skipped.add(address_.points.size() - order_.size());
  at_ = 0;
  worst_ = CallResult::NotReached;
  why_ = address_.points.empty() ? "it has no point of access" : "its points of access failed a moment ago";
  try_next_point();
}

bool Destination::is_served(const policy::PointOfAccess& point) const {
  if (point.scheme == policy::PointScheme::Https) return true;
  const auto& egress = services_.snapshot->config().egress;
  return point.scheme == policy::PointScheme::Http && egress && egress->plain;
}

void Destination::try_next_point() {
  if (current_->is_withdrawn()) return finish({});
  while (at_ < order_.size() && !is_served(point())) {
    why_ = std::string(to_text(point().scheme)) + " is not served";
    ++at_;
  }
  if (at_ == order_.size()) return fail(worst_, why_);
  if (current_->call.deadline <= services_.now()) return fail(worst_, why_);
  look_up(point());
}

void Destination::look_up(const policy::PointOfAccess& point) {
  addresses_.clear();
  next_address_ = 0;
  if (point.address) {
    addresses_ = {*point.address};
    return try_next_address();
  }
  question_ = services_.names.resolve(point.domain_name, [this](const NameAnswer& answer) { resolved(answer); });
}

void Destination::resolved(const NameAnswer& answer) {
  std::string why;
  if (answer) {
    addresses_ = *answer;
  } else {
    why = point().domain_name + ": name resolution: " + std::string(to_text(answer.error()));
  }
  question_.reset();  // and `answer` with it
  if (why.empty()) return try_next_address();
  services_.counters.names_not_found.add();
  point_failed(std::move(why));
}

std::optional<policy::EgressDenial> Destination::denial_of(const policy::IpAddress& address) const {
  if (!address_.by_rules) return std::nullopt;
  return services_.rules->denies(address, point().port);
}

// A name may lead elsewhere the second time: every address is held against the rules, every time.
void Destination::try_next_address() {
  if (current_->is_withdrawn()) return finish({});
  while (next_address_ < addresses_.size()) {
    const policy::IpAddress& address = addresses_[next_address_++];
    if (const auto denial = denial_of(address)) {
      services_.counters.denied[static_cast<std::size_t>(*denial)].add();
      why_ = address.text() + " is denied: " + std::string(to_text(*denial));
      continue;
    }
    connect_to(address);
    return ask();
  }
  point_failed(why_);
}

void Destination::ask() {
  if (session_ && in_session()) ++session_->requests;  // that of a new one is counted when it begins
  const LoopTime left = current_->call.deadline - std::min(current_->call.deadline, services_.now());
  client_->ask(current_->call.request_for(point()), policy::Milliseconds(left),
               [this](const identity::Result<ClientAnswer, ClientError>& answer) { answered(answer); });
}

void Destination::answered(const identity::Result<ClientAnswer, ClientError>& answer) {
  session_may_have_ended(end_of(answer));
  last_used_ = services_.now();
  if (!answer) return failed(answer.error());
  health_.succeeded(order_[at_]);
  if (const std::string_view why = why_no_answer(answer->head, current_->call.request_id); !why.empty()) {
    client_->close();  // what else would come over it is no more to be trusted
    session_may_have_ended("bad_answer");
    return fail(CallResult::BadAnswer, point().authority() + ": " + std::string(why));
  }
  finish({CallResult::Answered, {}, &answer->head, answer->body});
}

void Destination::failed(const ClientError& error) {
  switch (error.kind) {
    case ClientError::Kind::NotReached:
    case ClientError::Kind::NotProven: return not_established(error);
    case ClientError::Kind::Timeout:
      // Whoever hangs costs the CSE the time of one call, and not that of each.
      if (had_its_time()) health_.failed(order_[at_], services_.now());
      break;
    case ClientError::Kind::NoAnswer:
    case ClientError::Kind::BadAnswer: break;
  }
  // The far end may have acted on it: nobody else gets the same.
  fail(result_of(error.kind), point().authority() + ": " + error.detail);
}

void Destination::not_established(const ClientError& error) {
  const bool out_of_time = current_->call.deadline <= services_.now();
  // The call had waited behind others: that says nothing of the point of access.
  if (out_of_time && !had_its_time()) return fail(CallResult::TooLate, kTooLate);
  why_ = point().authority() + ": " + error.detail;
  if (error.handshake) {
    if (error.detail.empty()) why_ += to_text(*error.handshake);
    services_.counters.handshakes_failed[static_cast<std::size_t>(*error.handshake)].add();
    const std::string peer = point().authority();
    HandshakeFailureLine line;
    line.listener = listener();
    line.peer = peer;
    line.reason = to_text(*error.handshake);
    line.detail = error.detail;
    line.server_name = point().domain_name;
    line.destination = address_.name;
    services_.log.handshake_failed(line);
    worst_ = CallResult::NotProven;
  }
  try_next_address();
}

// Most of what a call has that does not wait.
bool Destination::had_its_time() const {
  const EgressCall& call = current_->call;
  return call.deadline - std::min(call.deadline, turn_began_) >= call.budget * 3 / 4;
}

void Destination::point_failed(std::string detail) {
  services_.counters.points_failed.add();
  remember_failure(detail);
  health_.failed(order_[at_], services_.now());
  why_ = std::move(detail);
  ++at_;
  try_next_point();
}

void Destination::remember_failure(const std::string& detail) {
  last_failure_ = detail;
  last_failure_at_ = unix_seconds();
}

void Destination::fail(CallResult result, std::string detail) {
  if (!detail.empty()) remember_failure(detail);
  finish({result, std::move(detail), nullptr, {}});
}

void Destination::finish(const CallOutcome& outcome) {
  Waiting over = std::move(*current_);
  current_.reset();
  settle_place();
  if (!queue_.empty()) wake();
  if (!over.is_withdrawn()) over.call.done(outcome);
}

void Destination::look(LoopTime now) {
  session_may_have_ended("peer_closed");
  if (in_session() && !busy() && now - last_used_ >= static_cast<LoopTime>(limits().idle_timeout.count()))
    end_session("idle");
  if (!busy() && has_expired()) end_session("lifetime");
  while (!queue_.empty() && queue_.front().call.deadline <= now) {
    Waiting late = std::move(queue_.front());
    queue_.pop_front();
    services_.counters.waiting.subtract();
    settle_place();
    late.call.done({CallResult::TooLate, kTooLate, nullptr, {}});
  }
  // Connections and answers have deadlines of their own.
  if (!current_ || !question_ || current_->call.deadline > now) return;
  question_.reset();
  fail(worst_, point().domain_name + ": name resolution takes too long");
}

}  // namespace saproxy::proxy
