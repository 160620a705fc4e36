// Destination: one far end that we reach as a client, with the requests that wait for it.
//
//   submit ─▶ queue ─▶ points of access in order ▸ addresses ▸ rules ▸ connection ▸ proof ─▶ request ─▶ answer
//
// One session at a time, kept while it is used; all that wait share its handshake. Every call ends by its deadline.
// Spec: TS-0003 8.2.1 (SA2), TS-0004 7.3.3.9.1 (points of access in order, 5103)
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "identity/credential_id.h"
#include "policy/egress_settings.h"
#include "proxy/association/far_end.h"
#include "proxy/client/http_client.h"
#include "proxy/egress/call.h"
#include "proxy/egress/far_end_state.h"
#include "proxy/egress/point_health.h"
#include "proxy/egress/services.h"

namespace saproxy::proxy {

// Whom, and where.
struct FarEndAddress {
  std::string name;       // of the destination; with an origin "Cae1 at https://ae.example.com:8443"
  std::string entity_id;  // AE-ID-Stem or CSE-ID
  identity::CredentialId credential_id;
  std::vector<policy::PointOfAccess> points;
  bool by_rules = true;     // addresses are held against the egress rules; not for what the operator has configured
  std::string origin = {};  // of all points, where a notification target asked for it; empty: they are all there are
  bool operator==(const FarEndAddress&) const = default;
};

class Destination {
 public:
  using Ticket = std::uint64_t;

  // `services` must outlive it.
  Destination(EgressServices& services, FarEndAddress address, std::shared_ptr<const Dialling> dialling);
  ~Destination();
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;

  // Nothing: too many are waiting already; `call` was not taken.
  [[nodiscard]] std::optional<Ticket> submit(EgressCall call);
  // Nobody wants the answer any more. What is under way goes on, but tries no other address; `call` is not used again.
  void withdraw(Ticket ticket);

  // Time has passed: calls that are too late, a session that nobody uses.
  void look(LoopTime now);
  // Another configuration: the session is judged again, and ended if it would not be made today. One that is being made
  // begins anew.
  void judge_again(std::shared_ptr<const Dialling> dialling);
  // It has registered other points of access: the session ends, and those who wait are sent there. The credential is
  // the same.
  void move_to(FarEndAddress address);
  // Ends the session and all calls. `why`: a word in the log.
  void close(CallResult result, std::string_view why, std::string_view detail);

  [[nodiscard]] const FarEndAddress& address() const { return address_; }
  [[nodiscard]] bool idle() const { return queue_.empty() && !current_ && !in_session(); }
  [[nodiscard]] bool in_session() const { return client_ && client_->connected(); }
  [[nodiscard]] bool busy() const { return current_.has_value(); }
  [[nodiscard]] LoopTime last_used() const { return last_used_; }
  // A session without a call. `why`: a word in the log.
  void end_session(std::string_view why);
  // Which association registered it, for the log and for operators; and which state of the registration its address is
  // of, 0: not known.
  void registered_by(const std::string& association, std::uint64_t revision) {
    registered_over_ = association;
    revision_ = revision;
  }
  void forget_revision() { revision_ = 0; }
  [[nodiscard]] std::uint64_t revision() const { return revision_; }
  [[nodiscard]] FarEndState state() const;

 private:
  struct Waiting {
    Ticket ticket;
    EgressCall call;
    [[nodiscard]] bool is_withdrawn() const { return !call.done; }
  };
  void pump();
  void begin();
  void try_next_point();
  void look_up(const policy::PointOfAccess& point);
  void resolved(const NameAnswer& answer);
  void try_next_address();
  void ask();
  void answered(const identity::Result<ClientAnswer, ClientError>& answer);
  void failed(const ClientError& error);
  void not_established(const ClientError& error);
  [[nodiscard]] bool had_its_time() const;
  void point_failed(std::string detail);
  void finish(const CallOutcome& outcome);
  void fail(CallResult result, std::string detail);
  void remember_failure(const std::string& detail);
  void wake();
  void connect_to(const policy::IpAddress& address);
  void session_begins();
  void session_may_have_ended(std::string_view why);
  [[nodiscard]] bool has_expired() const;
  void session_ended(std::string_view why);
  [[nodiscard]] std::unique_ptr<TlsClient> make_tls();
  [[nodiscard]] const policy::PointOfAccess& point() const { return address_.points[order_[at_]]; }
  [[nodiscard]] bool is_served(const policy::PointOfAccess& point) const;
  [[nodiscard]] std::optional<policy::EgressDenial> denial_of(const policy::IpAddress& address) const;
  [[nodiscard]] std::string why_not_today();
  void begin_anew();
  void put_back();
  void drop_client(std::string_view why);
  void settle_place();
  // How the log calls those who are dialled so.
  [[nodiscard]] std::string_view listener() const { return address_.by_rules ? "egress" : "registrar"; }
  [[nodiscard]] const policy::DialLimits& limits() const { return dialling_->limits; }

  EgressServices& services_;
  FarEndAddress address_;
  std::shared_ptr<const Dialling> dialling_;
  FarEnd far_end_;
  PointHealth health_;
  bool has_place_ = false;  // it counts among services_.places
  std::deque<Waiting> queue_;
  std::optional<Waiting> current_;
  Ticket last_ticket_ = 0;
  // Of the attempt under way, and of the session that came of it:
  std::vector<std::size_t> order_;  // points to try
  std::size_t at_ = 0;
  std::vector<policy::IpAddress> addresses_;
  std::size_t next_address_ = 0;
  LoopTime turn_began_ = 0;  // of current_
  std::unique_ptr<NameResolver::Question> question_;
  std::unique_ptr<HttpClient> client_;
  CallResult worst_ = CallResult::NotReached;  // what to say when all have failed: NotProven, if one has
  std::string why_;
  // What client_ has established.
  struct Session {
    std::string id;              // in the log
    std::string version, suite;  // empty: in the clear
    std::int64_t since = 0;      // Unix seconds
    std::int64_t expires = 0;    // likewise
    std::uint64_t began = 0;     // microseconds
    std::uint64_t requests = 0;
  };
  std::optional<Session> session_;
  std::int64_t begun_ = 0;  // Unix seconds: the attempt under way
  std::string registered_over_;
  std::uint64_t revision_ = 0;
  std::string last_failure_;
  std::int64_t last_failure_at_ = 0;
  LoopTime last_used_ = 0;
  UvHandle<uv_timer_t> timer_;  // for turns of our own
};

}  // namespace saproxy::proxy
