// EgressConnection: one connection of the CSE to us. One request at a time, collected whole; its answer goes out in one
// write, in time, whatever the far end does.
// Spec: TS-0009 6; facts of CSEs (surplus bytes, targets without a slash)
#pragma once

#include <uv.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "proxy/binding/http/parser.h"
#include "proxy/binding/http/writer.h"
#include "proxy/egress/router.h"
#include "proxy/loop/slot_table.h"
#include "proxy/loop/stream_writer.h"
#include "proxy/loop/uv_handle.h"

namespace saproxy::proxy {

// The egress as its connections see it.
class EgressHost {
 public:
  virtual ~EgressHost() = default;
  [[nodiscard]] virtual EgressServices& services() = 0;
  [[nodiscard]] virtual EgressRouter& router() = 0;
  virtual void retire(SlotRef connection) = 0;
  [[nodiscard]] virtual bool draining() const = 0;
};

class EgressConnection final : public StreamOwner {
 public:
  EgressConnection(EgressHost& host, EgressDoor door, const policy::DialLimits& limits);
  ~EgressConnection() override;
  EgressConnection(const EgressConnection&) = delete;
  EgressConnection& operator=(const EgressConnection&) = delete;

  // Takes the connection that waits on `listener`. False: nothing was accepted, or it is not the CSE's.
  [[nodiscard]] bool accept(uv_stream_t* listener, bool is_unix, const std::vector<std::uint32_t>& users, SlotRef ref);
  void look(LoopTime now);
  // The request that it is about, if there is one, is its last.
  void drain();
  void stop();
  // Without a request, and since when: the one that may go when there are too many.
  [[nodiscard]] bool idle() const { return !asked_ && (over_ || parser_.at_message_start()); }
  [[nodiscard]] LoopTime idle_until() const { return deadline_; }

  void on_drained() noexcept override {}
  void on_write_failed(int status) noexcept override;

 private:
  static void on_alloc(uv_handle_t* handle, std::size_t suggested, uv_buf_t* buffer) noexcept;
  static void on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept;
  [[nodiscard]] uv_stream_t* stream() const;
  void received(std::span<const std::uint8_t> bytes);
  void on_head();
  void on_end(std::span<const std::uint8_t> surplus);
  void submit();
  [[nodiscard]] bool has_room(const Destination& destination);
  [[nodiscard]] std::string take_translated_body();
  void answered(const CallOutcome& outcome);
  void answer(const http::ResponseHead& head, std::string_view given);
  void refuse(CallResult result, std::string_view detail);
  void send();
  [[nodiscard]] bool more_has_come() const;
  void read_on();
  void end();
  void withdraw();

  EgressHost& host_;
  EgressDoor door_;
  policy::DialLimits limits_;
  http::RequestParser parser_;
  UvHandle<uv_tcp_t> tcp_;
  UvHandle<uv_pipe_t> pipe_;
  SlotRef ref_;
  std::string body_;
  http::Output out_;
  std::string destination_;  // whom we wait for
  std::optional<Destination::Ticket> ticket_;
  LoopTime deadline_ = 0;       // for the answer; idle: for the next request
  std::uint64_t asked_at_ = 0;  // microseconds
  bool asked_ = false;          // a request is whole, and not answered
  bool in_message_ = false;     // its head is read, and it is not answered
  bool served_ = false;         // a request was answered
  bool close_after_ = false;
  bool over_ = false;  // the last answer is on its way
  bool gone_ = false;
};

}  // namespace saproxy::proxy
