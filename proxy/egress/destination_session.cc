// The session of a Destination: how it begins, how it ends, and what is said of it.
#include <cstdio>
#include <utility>

#include "proxy/egress/destination.h"
#include "proxy/loop/clock.h"
#include "proxy/loop/socket_address.h"

namespace saproxy::proxy {
namespace {

ClientLimits limits_of(const policy::DialLimits& dial) {
  ClientLimits limits{.connect = dial.connect_timeout, .handshake = dial.handshake_timeout};
  limits.answer.max_body = dial.max_answer;
  return limits;
}

std::string fresh_id(EgressServices& services) {
  char id[40];
  std::snprintf(id, sizeof id, "%08x-e-%llu", services.process_tag,
                static_cast<unsigned long long>(++services.last_association));
  return id;
}

identity::Saef saef_of(const identity::CredentialId& credential) {
  return FarEnd::kind_of(credential.type()) == SessionKind::Psk ? identity::Saef::Psk : identity::Saef::Certificate;
}

}  // namespace

void Destination::connect_to(const policy::IpAddress& address) {
  session_may_have_ended("peer_closed");
  HttpClient::MakeTls tls;
  if (point().scheme == policy::PointScheme::Https) tls = [this] { return make_tls(); };
  client_ = std::make_unique<HttpClient>(services_.room, socket_address(address, point().port), limits_of(limits()),
                                         std::move(tls));
  client_->when_up([this] { session_begins(); });
}

std::unique_ptr<TlsClient> Destination::make_tls() {
  const auto kind = FarEnd::kind_of(address_.credential_id.type());
  if (!kind) return nullptr;
  return std::make_unique<TlsClient>(dialling_->contexts, far_end_,
                                     ClientOffer{*kind, far_end_.psk_identity(), point().domain_name});
}

void Destination::session_begins() {
  if (session_) session_ended("peer_closed");  // and the client has begun another one at once
  services_.counters.sessions.add();
  const std::int64_t now = unix_seconds();
  const std::int64_t expires = now + limits().session_lifetime.count();
  session_ = Session{fresh_id(services_), {}, {}, now, expires, monotonic_microseconds(), 1};
  const TlsClient* tls = client_->tls();
  if (tls == nullptr) return;
  // The second that notAfter names still belongs to the certificate (RFC 5280 4.1.2.5).
  if (const auto last = tls->not_after(); last && *last < expires) session_->expires = *last + 1;
  services_.counters.handshakes_ok.add();
  session_->version = tls->version();
  session_->suite = tls->suite();
  policy::PointOfAccess where = point();
  where.address = addresses_[next_address_ - 1];
  const std::string peer = where.authority();
  const std::string credential = address_.credential_id.text();
  AssociationLine line;
  line.listener = listener();
  line.peer = peer;
  line.association = session_->id;
  line.registered_over = registered_over_;
  line.credential_id = credential;
  line.saef = identity::to_text(saef_of(address_.credential_id));
  line.entity =
      identity::to_text(address_.entity_id.starts_with('/') ? identity::EntityKind::Cse : identity::EntityKind::Ae);
  line.identities = address_.entity_id;
  line.version = session_->version;
  line.suite = session_->suite;
  line.server_name = point().domain_name;
  services_.log.association(line);
}

bool Destination::has_expired() const { return session_ && in_session() && unix_seconds() >= session_->expires; }

// Nobody is told when the far end closes a session that is not used.
void Destination::session_may_have_ended(std::string_view why) {
  if (session_ && !in_session()) session_ended(why);
}

void Destination::session_ended(std::string_view why) {
  services_.counters.sessions.subtract();
  settle_place();
  const Session over = *std::exchange(session_, std::nullopt);
  if (over.version.empty()) return;
  EndLine line;
  line.association = over.id;
  line.reason = why;
  line.requests = over.requests;
  line.seconds = static_cast<double>(monotonic_microseconds() - over.began) / 1e6;
  services_.log.association_end(line);
}

void Destination::end_session(std::string_view why) {
  if (client_ && !client_->busy()) client_->close();
  session_may_have_ended(why);
}

void Destination::judge_again(std::shared_ptr<const Dialling> dialling) {
  dialling_ = std::move(dialling);
  far_end_.use(services_.snapshot, dialling_->local, dialling_->contexts->tls().profile);
  if (!client_) return;
  if (!in_session()) return begin_anew();
  const bool bare = client_->tls() == nullptr;
  const std::string refused = why_not_today();
  if (refused.empty()) return;
  drop_client("rejudged");
  if (current_) fail(bare ? CallResult::NotReached : CallResult::NotProven, refused);
}

// Empty: the session would be made today as well.
std::string Destination::why_not_today() {
  const std::string by = "by the present configuration: ";
  if (!is_served(point())) return by + std::string(to_text(point().scheme)) + " is not served";
  if (const auto denial = denial_of(addresses_[next_address_ - 1])) return by + std::string(to_text(*denial));
  if (client_->tls() == nullptr) return "";
  const auto refused = client_->tls()->judge_again(*dialling_->contexts, far_end_);
  if (!refused) return "";
  services_.counters.handshakes_failed[static_cast<std::size_t>(*refused)].add();
  return by + std::string(to_text(*refused));
}

// What is being made was begun with the anchors, lists and rules of before, and nothing has been sent yet.
void Destination::begin_anew() {
  if (!client_->busy()) return;
  client_->abandon();
  put_back();
}

// The call under way is the next once more.
void Destination::put_back() {
  if (current_->is_withdrawn()) return finish({});
  services_.counters.waiting.add();
  queue_.push_front(std::move(*current_));
  current_.reset();
  wake();
}

void Destination::drop_client(std::string_view why) {
  if (client_) {
    client_->abandon();
    client_->close();
  }
  client_.reset();
  session_may_have_ended(why);
}

void Destination::move_to(FarEndAddress address) {
  const bool sent = busy() && in_session();
  question_.reset();
  drop_client("moved");
  if (sent) fail(CallResult::NoAnswer, "it has moved before its answer was complete");
  if (current_) put_back();
  address_ = std::move(address);
  health_ = PointHealth(address_.points.size(), static_cast<PointHealth::Time>(limits().dead_for.count()),
                        std::random_device{}());
  order_.clear();
  at_ = 0;
}

void Destination::close(CallResult result, std::string_view why, std::string_view detail) {
  question_.reset();
  drop_client(why);
  std::deque<Waiting> all = std::move(queue_);
  queue_.clear();
  services_.counters.waiting.subtract(all.size());
  if (current_) all.push_front(std::move(*current_));
  current_.reset();
  settle_place();
  for (const Waiting& waiting : all)
    if (!waiting.is_withdrawn()) waiting.call.done({result, std::string(detail), nullptr, {}});
}

FarEndState Destination::state() const {
  FarEndState state;
  state.name = address_.name;
  state.registered_over = registered_over_;
  state.waiting = queue_.size() + (current_ ? 1 : 0);
  state.last_failure = last_failure_;
  state.last_failure_at = last_failure_at_;
  if (session_ && in_session()) {
    state.phase = FarEndState::Phase::Established;
    state.since = session_->since;
    state.association = session_->id;
    state.version = session_->version;
    state.suite = session_->suite;
    state.requests = session_->requests;
  } else if (busy()) {
    state.phase = FarEndState::Phase::Connecting;
    state.since = begun_;
  }
  if (state.phase != FarEndState::Phase::None && at_ < order_.size()) state.point_of_access = point().authority();
  return state;
}

}  // namespace saproxy::proxy
