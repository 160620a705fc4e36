#include "proxy/egress/destination.h"

#include <algorithm>
#include <random>
#include <utility>

#include "proxy/client/socket_address.h"

namespace saproxy::proxy {
namespace {

ClientLimits limits_of(const policy::DialLimits& dial) {
  ClientLimits limits{.connect = dial.connect_timeout, .handshake = dial.handshake_timeout};
  limits.answer.max_body = dial.max_answer;
  return limits;
}

CallResult result_of(ClientError::Kind kind) {
  switch (kind) {
    case ClientError::Kind::NotReached: return CallResult::NotReached;
    case ClientError::Kind::NotProven: return CallResult::NotProven;
    case ClientError::Kind::NoAnswer: return CallResult::NoAnswer;
    case ClientError::Kind::BadAnswer: return CallResult::BadAnswer;
  }
  return CallResult::NotReached;
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
  services_.counters.waiting.set(services_.counters.waiting.value() - queue_.size());
  client_.reset();
  count_session();
}

std::optional<Destination::Ticket> Destination::submit(EgressCall call) {
  if (queue_.size() >= limits().max_waiting) return std::nullopt;
  queue_.push_back({++last_ticket_, std::move(call)});
  services_.counters.waiting.add();
  if (!current_) wake();
  return last_ticket_;
}

void Destination::withdraw(Ticket ticket) {
  if (current_ && current_->ticket == ticket) {
    current_->call.done = [](const CallOutcome&) {};
    return;
  }
  const auto removed = std::erase_if(queue_, [&](const Waiting& waiting) { return waiting.ticket == ticket; });
  services_.counters.waiting.set(services_.counters.waiting.value() - removed);
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
  services_.counters.waiting.set(services_.counters.waiting.value() - 1);
  last_used_ = services_.now();
  if (current_->call.deadline <= services_.now())
    return fail(CallResult::TooLate, "it has waited for too long behind others");
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
  point_failed(CallResult::NotReached, std::move(why));
}

// A name may lead elsewhere the second time: every address is held against the rules, every time.
void Destination::try_next_address() {
  while (next_address_ < addresses_.size()) {
    const policy::IpAddress& address = addresses_[next_address_++];
    const auto denial =
        address_.by_rules ? services_.rules->denies(address, point().port) : std::optional<policy::EgressDenial>();
    if (denial) {
      services_.counters.denied[static_cast<std::size_t>(*denial)].add();
      why_ = address.text() + " is denied: " + std::string(to_text(*denial));
      continue;
    }
    HttpClient::MakeTls tls;
    if (point().scheme == policy::PointScheme::Https) tls = [this] { return make_tls(); };
    connections_seen_ = 0;
    client_ = std::make_unique<HttpClient>(services_.room, socket_address(address, point().port), limits_of(limits()),
                                           std::move(tls));
    return ask();
  }
  point_failed(worst_, why_);
}

std::unique_ptr<TlsClient> Destination::make_tls() {
  const auto kind = FarEnd::kind_of(address_.credential_id.type());
  if (!kind) return nullptr;
  return std::make_unique<TlsClient>(dialling_->contexts, far_end_,
                                     ClientOffer{*kind, far_end_.psk_identity(), point().domain_name});
}

void Destination::ask() {
  const LoopTime left = current_->call.deadline - std::min(current_->call.deadline, services_.now());
  client_->ask(current_->call.request_for(point()), policy::Milliseconds(left),
               [this](const identity::Result<ClientAnswer, ClientError>& answer) { answered(answer); });
}

void Destination::answered(const identity::Result<ClientAnswer, ClientError>& answer) {
  count_session();
  last_used_ = services_.now();
  if (!answer) return failed(answer.error());
  health_.succeeded(order_[at_]);
  finish({CallResult::Answered, {}, &answer->head, answer->body});
}

void Destination::failed(const ClientError& error) {
  if (error.handshake) services_.counters.handshakes_failed[static_cast<std::size_t>(*error.handshake)].add();
  switch (error.kind) {
    case ClientError::Kind::NotReached:
    case ClientError::Kind::NotProven:
      if (error.handshake) {
        services_.log.handshake_failed(
            {"egress", point().authority(), to_text(*error.handshake), error.detail, point().domain_name});
        worst_ = CallResult::NotProven;
      }
      why_ = point().authority() + ": " + error.detail;
      return try_next_address();
    case ClientError::Kind::NoAnswer:
    case ClientError::Kind::BadAnswer: break;
  }
  // The far end may have acted on it: nobody else gets the same.
  fail(result_of(error.kind), point().authority() + ": " + error.detail);
}

void Destination::point_failed(CallResult result, std::string detail) {
  services_.counters.points_failed.add();
  health_.failed(order_[at_], services_.now());
  worst_ = result;
  why_ = std::move(detail);
  ++at_;
  try_next_point();
}

void Destination::fail(CallResult result, std::string detail) {
  CallOutcome outcome;
  outcome.result = result;
  outcome.detail = std::move(detail);
  finish(outcome);
}

void Destination::finish(const CallOutcome& outcome) {
  Waiting over = std::move(*current_);
  current_.reset();
  if (!queue_.empty()) wake();
  over.call.done(outcome);
}

// Keeps the gauge right, wherever a session came or went.
void Destination::count_session() {
  if (client_ && client_->connections() != connections_seen_) {
    if (client_->is_secure()) services_.counters.handshakes_ok.add(client_->connections() - connections_seen_);
    connections_seen_ = client_->connections();
  }
  const bool now = in_session();
  if (now == counted_) return;
  counted_ = now;
  services_.counters.sessions.set(services_.counters.sessions.value() + (now ? 1 : std::uint64_t(-1)));
}

void Destination::end_session() {
  if (client_ && !client_->busy()) client_->close();
  count_session();
}

void Destination::look(LoopTime now) {
  count_session();
  if (in_session() && !busy() && now - last_used_ >= static_cast<LoopTime>(limits().idle_timeout.count()))
    end_session();
  while (!queue_.empty() && queue_.front().call.deadline <= now) {
    Waiting late = std::move(queue_.front());
    queue_.pop_front();
    services_.counters.waiting.set(services_.counters.waiting.value() - 1);
    CallOutcome outcome;
    outcome.result = CallResult::TooLate;
    outcome.detail = "it has waited for too long behind others";
    late.call.done(outcome);
  }
  // Connections and answers have deadlines of their own.
  if (!current_ || !question_ || current_->call.deadline > now) return;
  question_.reset();
  fail(CallResult::NotReached, point().domain_name + ": name resolution takes too long");
}

void Destination::judge_again(std::shared_ptr<const Dialling> dialling) {
  dialling_ = std::move(dialling);
  far_end_.use(services_.snapshot, dialling_->local, dialling_->contexts->tls().profile);
  if (!in_session() || client_->tls() == nullptr) return;
  const auto refused = client_->tls()->judge_again(*dialling_->contexts, far_end_);
  if (!refused) return;
  services_.counters.handshakes_failed[static_cast<std::size_t>(*refused)].add();
  client_->abandon();
  client_->close();
  count_session();
  if (current_)
    fail(CallResult::NotProven, std::string("by the present configuration: ") + std::string(to_text(*refused)));
}

void Destination::close(CallResult why) {
  question_.reset();
  if (client_) client_->abandon();
  client_.reset();
  count_session();
  std::deque<Waiting> all = std::move(queue_);
  queue_.clear();
  services_.counters.waiting.set(services_.counters.waiting.value() - all.size());
  if (current_) all.push_front(std::move(*current_));
  current_.reset();
  CallOutcome outcome;
  outcome.result = why;
  outcome.detail = "it is not registered any more";
  for (const Waiting& waiting : all) waiting.call.done(outcome);
}

std::string Destination::state_text() const {
  if (in_session()) return "established";
  return busy() ? "connecting" : "none";
}

}  // namespace saproxy::proxy
