// RegistrationAttempt: a request that changes who is registered, on its way to the CSE and back. It outlives the
// connection that it came by: what the CSE has created must be recorded, whether or not the registree still waits.
//
//   send ─▶ CSE ─▶ whole answer ─▶ 2xx: what it means ▸ registrar ▸ durable ─▶ answer to the caller
//                                └ anything else: the claim ends ─────────────▶ answer to the caller
//
// A success that cannot be passed on is taken back at the CSE first (policy/retraction.h), while the claim still holds.
//
// Owned by the worker's RegistrationDesk. Design invariant 9.
#pragma once

#include <uv.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>

#include "policy/decision.h"
#include "policy/registering.h"
#include "policy/resource_content.h"
#include "policy/snapshot.h"
#include "proxy/binding/http/message.h"
#include "proxy/loop/slot_table.h"
#include "proxy/loop/uv_handle.h"
#include "proxy/registration/registrar.h"
#include "proxy/upstream/exchange.h"

namespace saproxy::proxy {

class RegistrationDesk;

// Who waits for the outcome; exactly one of these is called, unless the caller has left.
class RegistrationCaller {
 public:
  virtual ~RegistrationCaller() = default;
  virtual void on_registration_answer(const http::ResponseHead& head, std::span<const std::uint8_t> body) = 0;
  virtual void on_registration_failed(UpstreamFailure failure) = 0;
  // The CSE said yes, and nobody may rely on it: it named an identity that it must not give, or the disk is full.
  virtual void on_registration_unconfirmed() = 0;
  // The CSE has it already, whatever code it says that with.
  virtual void on_already_registered() = 0;
};

// What the registry is to make of a success. Update and removal are of the registration that was there when the request
// came, and of no later one under the same identity.
struct RegistryUpdate {
  policy::RegistrationKey present;
  policy::ResourceContent content;
  std::string route;  // token of the local address that the CSE gets with it; of no meaning without points of access
};
struct RegistryRemoval {
  policy::RegistrationKey present;
};
using RegistryIntent = std::variant<policy::Registering, RegistryUpdate, RegistryRemoval>;

class RegistrationAttempt final : public ResponseSink {
 public:
  RegistrationAttempt(RegistrationDesk& desk, RegistrationCaller& caller,
                      std::shared_ptr<const policy::Snapshot> snapshot, RegistryIntent intent);
  ~RegistrationAttempt() override;
  RegistrationAttempt(const RegistrationAttempt&) = delete;
  RegistrationAttempt& operator=(const RegistrationAttempt&) = delete;

  // The whole request. A failure means that nothing was sent and the attempt is over.
  [[nodiscard]] std::optional<UpstreamFailure> send(const policy::Forward& permission, SlotRef ref,
                                                    std::span<const std::uint8_t> request);
  // The caller is gone: what has been sent goes on without it, what still waits ends.
  void leave();
  void recorded(bool durable);

  void on_response_head(const http::ResponseHead& head) override;
  void on_response_body(std::span<const std::uint8_t> body) override;
  void on_response_end() override;
  void on_response_failed(UpstreamFailure failure) override;
  void on_response_turn() override {}
  void on_request_drained() override {}

 private:
  [[nodiscard]] RegistrationCaller* settle();
  void release_claims();
  [[nodiscard]] bool succeeded() const;
  void success();
  void refused();
  void remove(const policy::RegistrationKey& known);
  void record(std::string entity_id, Registrar::Change change);
  void unconfirmed(std::string_view why);
  [[nodiscard]] bool take_back();
  void taken_back(std::string_view failure);
  void arm_deadline();
  void give_answer();
  void fail(UpstreamFailure failure);
  void give_up(UpstreamFailure failure);
  void over();

  RegistrationDesk& desk_;
  RegistrationCaller* caller_;
  std::shared_ptr<const policy::Snapshot> snapshot_;
  RegistryIntent intent_;
  bool holds_claims_;  // of a registration
  bool taking_back_ = false;
  SlotRef ref_;
  Exchange exchange_;
  UvHandle<uv_timer_t> deadline_;
  http::ResponseHead head_;
  std::vector<std::uint8_t> body_;
};

}  // namespace saproxy::proxy
