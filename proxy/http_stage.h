// HttpStage: the plaintext half of a peer's way. One request at a time:
//
//   plaintext ─▶ parse ▸ primitive ▸ GATE ▸ exchange with the CSE ─▶ answer ─▶ plaintext
//                                     └ refused: a oneM2M answer, nothing forwarded
//
// Bodies stream both ways with back-pressure; a CSE that wants whole requests gets them collected, bounded.
// Spec: TS-0009 6; TS-0004 7.2.2.2 (Recv-1.0 before everything else)
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "identity/association.h"
#include "policy/answer_translation.h"
#include "policy/decision.h"
#include "policy/snapshot.h"
#include "policy/top_resource.h"
#include "proxy/admin/counters.h"
#include "proxy/binding/http/parser.h"
#include "proxy/binding/http/to_primitive.h"
#include "proxy/binding/http/writer.h"
#include "proxy/registration/registration_attempt.h"
#include "proxy/registration/registration_desk.h"
#include "proxy/upstream/exchange.h"
#include "proxy/worker_services.h"

namespace saproxy::proxy {

// The peer as its HTTP stage sees it.
class HttpStageHost {
 public:
  virtual ~HttpStageHost() = default;
  [[nodiscard]] virtual const identity::Association& association() const = 0;
  [[nodiscard]] virtual const policy::Snapshot& snapshot() const = 0;
  [[nodiscard]] virtual std::shared_ptr<const policy::Snapshot> pinned_snapshot() const = 0;
  // Reads anew which AE-IDs were registered through the credential; or only if one may have been taken away. True: it
  // is not what it was.
  [[nodiscard]] virtual bool learn(bool removals_only) = 0;
  // Points of access on their way from and to the CSE; null: they pass as they are.
  [[nodiscard]] virtual const std::shared_ptr<const policy::AnswerTranslation>& translation() const = 0;
  [[nodiscard]] virtual const policy::ListenerSettings& listener() const = 0;
  [[nodiscard]] virtual std::string_view peer_address() const = 0;
  [[nodiscard]] virtual std::string_view peer_certificate() const = 0;  // DER, or empty
  // Encrypts and sends. False: the peer is gone, nothing more may be done with the stage in this call.
  [[nodiscard]] virtual bool send(std::span<const std::uint8_t> plain) = 0;
  [[nodiscard]] virtual std::size_t send_backlog() const = 0;
  virtual void finish(EndReason reason) = 0;     // orderly end after what was sent
  virtual void break_off(EndReason reason) = 0;  // at once: an answer could not be completed
  virtual void input_wanted() = 0;               // the stage is no longer blocked
  virtual void set_phase_deadline(LoopTime deadline) = 0;
};

// An answer whose points of access are translated while it goes by; keeps what it is translated with.
struct AnswerInTranslation {
  AnswerInTranslation(policy::Serialisation serialisation, std::shared_ptr<const policy::AnswerTranslation> with)
      : translation(std::move(with)), translator(serialisation, *translation) {}
  std::shared_ptr<const policy::AnswerTranslation> translation;
  policy::AnswerTranslator translator;
};

// A request that may write notification targets: what is known of it before it goes on.
struct TargetsInRequest {
  bool awaits_beginning = false;  // which resource it is about is not known yet
  std::string beginning;          // what has come of the body until then
  bool asked = false;             // its targets were to be recorded
  SlotRef wish;                   // and whose outcome we wait for
};

class HttpStage final : public ResponseSink, public RegistrationCaller, public TargetsCaller {
 public:
  HttpStage(HttpStageHost& host, WorkerServices& services);
  ~HttpStage() override;
  HttpStage(const HttpStage&) = delete;
  HttpStage& operator=(const HttpStage&) = delete;

  // Takes all of `plain`; what cannot be used yet is kept (bounded by one read), and blocked() says so.
  void feed(std::span<const std::uint8_t> plain);
  // While blocked the peer reads nothing more from the client.
  [[nodiscard]] bool blocked() const { return awaiting_answer() || upstream_full_ || client_full_; }
  [[nodiscard]] bool idle() const { return phase_ == Phase::Idle && parser_.at_message_start() && held_.empty(); }
  // The client has ended its side: a complete request is still answered.
  void input_ended();
  void deadline_passed();
  void output_drained();
  // No further request on this connection.
  void drain();
  // The peer is gone: nothing is sent or received any more. Safe from within the stage's own calls.
  void abandon();
  // After the association was narrowed or the snapshot exchanged.
  void identity_changed() { identity_lines_.clear(); }
  // Another snapshot is in force. The peer may be gone afterwards.
  void judged_again();
  [[nodiscard]] std::uint64_t requests() const { return requests_; }

  void on_response_head(const http::ResponseHead& head) override;
  void on_response_body(std::span<const std::uint8_t> body) override;
  void on_response_end() override;
  void on_response_failed(UpstreamFailure failure) override;
  void on_response_turn() override;
  void on_request_drained() override;
  void on_registration_answer(const http::ResponseHead& head, std::span<const std::uint8_t> body) override;
  void on_registration_failed(UpstreamFailure failure) override;
  void on_registration_unconfirmed() override;
  void on_already_registered() override;
  void on_targets_recorded(TargetsOutcome outcome) override;

 private:
  enum class Phase : std::uint8_t { Idle, Body, Answer, Over };  // Body: the request is not complete yet

  // <AE>, <remoteCSE> and <subscription> are small; nobody fills our memory with them.
  static constexpr std::size_t kLargestLookedInto = std::size_t{64} << 10;

  // Why a body is collected: this CSE wants requests whole, or we look into it.
  enum class Collecting : std::uint8_t { ForCse, ForRegistry, ForTargets };

  [[nodiscard]] bool awaiting_answer() const { return phase_ == Phase::Answer; }
  void request_begins();
  void body_progress();
  void answer_progress();
  void process_held();
  void release_idle_memory();
  [[nodiscard]] bool step(std::span<const std::uint8_t>& plain);
  void on_head();
  void on_body(std::span<const std::uint8_t> body);
  void on_request_end();
  void on_malformed(http::ParseError error);
  [[nodiscard]] bool within_cse_limits();
  [[nodiscard]] std::optional<policy::Forward> judge();
  [[nodiscard]] policy::Decision decide();
  void begin_collecting(Collecting why);
  void invite_body();
  [[nodiscard]] bool changes_registration();
  void register_collected();
  [[nodiscard]] std::string route_of(const policy::Registration& wanted) const;
  void wait_for_rules();
  void refuse_waiting();
  [[nodiscard]] bool claim(const policy::Registering& registering);
  void begin_attempt(const policy::Forward& permission, RegistryIntent intent, std::span<const std::uint8_t> body);
  void begin_registering(const policy::Forward& permission, const policy::ResourceContent& content,
                         std::span<const std::uint8_t> body);
  void begin_change(const policy::Forward& permission, const policy::ResourceContent* content,
                    std::span<const std::uint8_t> body);
  void refuse_content(const identity::Error& error);
  void begin_answer(const http::ResponseHead& head);
  void leave_attempt();
  [[nodiscard]] identity::Result<std::optional<std::string>> with_local_address(const policy::ResourceContent& content,
                                                                                std::string_view body,
                                                                                std::string& route);
  [[nodiscard]] bool begins_translated(const http::ResponseHead& head);
  void hold_answer(std::span<const std::uint8_t> body);
  void translate(std::span<const std::uint8_t> body);
  void end_translation();
  void forget_translation();
  [[nodiscard]] std::optional<std::string> translated_answer(const http::ResponseHead& head, std::string_view body);
  void write_answer_body(std::span<const std::uint8_t> body);
  void forward(const policy::Forward& permission);
  void collect(std::span<const std::uint8_t> body);
  void forward_collected();
  void send_whole(std::span<const std::uint8_t> body);
  [[nodiscard]] bool may_write_targets();
  void begin_targets(const policy::Forward& permission);
  void look_at_beginning(std::span<const std::uint8_t> body);
  void settle_beginning(policy::TopResource top);
  [[nodiscard]] bool collected_targets() const;
  void forward_with_targets();
  [[nodiscard]] identity::Result<std::optional<std::string>> with_local_targets(
      policy::Serialisation serialisation, std::string_view body, std::vector<policy::NotificationTarget>& fresh);
  void leave_targets();
  void refuse_targets(TargetsOutcome outcome);
  void start_exchange(const policy::Forward& permission, http::BodyFraming framing);
  [[nodiscard]] bool collects() const;
  void second_resource();
  void flush_request();
  void append_request_body(std::span<const std::uint8_t> body);
  void refuse(const http::RefusalText& text);
  // `status` of HTTP, where it is another than that of the response status code.
  void refuse(policy::ResponseCode code, std::string_view text, std::optional<std::uint16_t> status = std::nullopt);
  void refuse(policy::Reason reason, policy::ResponseCode code);
  void refuse_failure(UpstreamFailure failure);
  void refuse_oversized(std::uint16_t status);
  void refuse_crowded();
  void answered();
  void count_answer(std::uint16_t response_code);
  void flush_answer();
  [[nodiscard]] http::Output& answer();
  [[nodiscard]] const std::string& identity_lines();
  void count_refusal(policy::Reason reason, policy::ResponseCode code);
  void next_request();
  void go_on();

  HttpStageHost& host_;
  WorkerServices& services_;
  http::RequestParser parser_;
  Exchange exchange_;
  RegistrationAttempt* attempt_ = nullptr;  // whose outcome we wait for
  std::unique_ptr<TargetsInRequest> targets_;
  std::optional<policy::JsonRoot> root_;  // of an UPDATE that streams because it is of no <subscription>
  std::string scratch_;                   // decoded text of the primitive
  policy::Primitive primitive_;
  std::string identity_lines_;        // made once per association
  std::vector<std::uint8_t> held_;    // plaintext that waits for its turn
  BufferPool::Borrowed request_out_;  // bytes for the CSE in this turn
  CollectedBody collected_;           // whole body for a CSE that wants it so, or for the registry
  BufferPool::Borrowed answer_out_;   // bytes for the client in this turn
  http::BodyFraming request_framing_, answer_framing_;
  // An answer in which points of access are translated: whole, or on its way.
  const http::ResponseHead* held_head_ = nullptr;  // of the connection that brings it, until its body is whole
  BufferPool::Borrowed held_answer_;               // what of the body has come
  std::unique_ptr<AnswerInTranslation> translating_;
  std::uint64_t request_started_ = 0;   // microseconds
  LoopTime request_deadline_ = kNever;  // for the last byte of the request
  LoopTime answer_deadline_ = kNever;   // for the last byte of the answer
  std::uint64_t requests_ = 0;
  policy::Operation operation_ = policy::Operation::Retrieve;
  Phase phase_ = Phase::Idle;
  Collecting collecting_ = Collecting::ForCse;
  bool body_invited_ = false;     // who waits for 100 has been told to go on
  bool waits_for_rules_ = false;  // it is whole, and the first application rules are still to come
  bool discard_body_ = false;     // refused: the rest of the request is read and dropped
  bool head_answered_ = false;    // the client has the head of the answer
  bool answer_done_ = false;
  bool close_after_ = false;
  bool upstream_full_ = false;
  bool client_full_ = false;  // answers pile up unread: no further request until the client has taken some
  bool draining_ = false;
  bool input_ended_ = false;
  bool processing_ = false;  // feed() is on the stack: ends of answers must not re-enter it
};

}  // namespace saproxy::proxy
