#include "proxy/egress/connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "proxy/binding/http/to_primitive.h"
#include "proxy/egress/messages.h"
#include "proxy/loop/clock.h"

namespace saproxy::proxy {
namespace {

constexpr LoopTime kIdleFor = 60'000;  // milliseconds
constexpr LoopTime kLinger = 5'000;    // to take the last answer

http::ParseLimits limits_of(const policy::DialLimits& limits) {
  return {.max_head_bytes = 16384, .max_headers = 64, .max_body = limits.max_request, .any_target = true};
}

// Local processes can be told apart on a Unix socket only.
bool is_allowed(const uv_pipe_t* pipe, const std::vector<std::uint32_t>& users) {
  uv_os_fd_t fd = -1;
  ucred peer{};
  socklen_t size = sizeof peer;
  if (uv_fileno(reinterpret_cast<const uv_handle_t*>(pipe), &fd) != 0) return false;
  if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return false;
  if (users.empty()) return peer.uid == geteuid() || peer.uid == 0;
  return std::ranges::find(users, peer.uid) != users.end();
}

std::string_view sentence(CallResult result) {
  switch (result) {
    case CallResult::NoRoute: return "nobody is registered at this address";
    case CallResult::NotReached: return "no point of access of the registree can be reached";
    case CallResult::NotProven: return "what was reached did not prove to be the registree";
    case CallResult::NoAnswer: return "the registree did not answer";
    case CallResult::Timeout: return "the registree did not answer in time";
    case CallResult::BadAnswer: return "what the registree answered is no answer to this request";
    case CallResult::TooLate: return "the registree is busy";
    case CallResult::Overloaded: return "too many requests wait for registrees";
    case CallResult::Malformed: return "this is no request";
    case CallResult::Answered: break;
  }
  return "";
}

std::string_view request_id_of(const http::RequestHead& head) {
  const http::Field* id = head.find("X-M2M-RI");
  return id == nullptr ? std::string_view() : id->value;
}

}  // namespace

EgressConnection::EgressConnection(EgressHost& host, EgressDoor door, const policy::DialLimits& limits)
    : host_(host), door_(door), limits_(limits), parser_(limits_of(limits)) {}

EgressConnection::~EgressConnection() { withdraw(); }

void EgressConnection::withdraw() {
  if (!ticket_) return;
  if (Destination* destination = host_.router().find(destination_)) destination->withdraw(*ticket_);
  ticket_.reset();
}

uv_stream_t* EgressConnection::stream() const {
  return tcp_ ? reinterpret_cast<uv_stream_t*>(tcp_.get()) : reinterpret_cast<uv_stream_t*>(pipe_.get());
}

bool EgressConnection::accept(uv_stream_t* listener, bool is_unix, const std::vector<std::uint32_t>& users,
                              SlotRef ref) {
  ref_ = ref;
  auto* owner = static_cast<StreamOwner*>(this);
  uv_loop_t* loop = host_.services().room.loop;
  const int opened = is_unix ? pipe_.open(owner, [&](uv_pipe_t* pipe) { return uv_pipe_init(loop, pipe, 0); })
                             : tcp_.open(owner, [&](uv_tcp_t* tcp) { return uv_tcp_init(loop, tcp); });
  if (opened != 0 || uv_accept(listener, stream()) != 0) return false;
  if (is_unix && !is_allowed(pipe_.get(), users)) return false;
  if (tcp_) uv_tcp_nodelay(tcp_.get(), 1);
  deadline_ = host_.services().now() + kIdleFor;
  return uv_read_start(stream(), &on_alloc, &on_read) == 0;
}

void EgressConnection::on_alloc(uv_handle_t* handle, std::size_t, uv_buf_t* buffer) noexcept {
  *buffer = uv_buf_init(nullptr, 0);
  auto* connection = static_cast<EgressConnection*>(owner_of<StreamOwner>(handle));
  if (connection == nullptr) return;
  std::vector<std::uint8_t>& input = connection->host_.services().room.input;
  if (input.empty()) input.resize(std::size_t{64} << 10);
  *buffer = uv_buf_init(reinterpret_cast<char*>(input.data()), static_cast<unsigned>(input.size()));
}

void EgressConnection::on_read(uv_stream_t* stream, ssize_t size, const uv_buf_t* buffer) noexcept {
  auto* connection = static_cast<EgressConnection*>(owner_of<StreamOwner>(stream));
  if (connection == nullptr || size == 0) return;
  if (size < 0) return connection->stop();
  if (!connection->over_)
    connection->received({reinterpret_cast<const std::uint8_t*>(buffer->base), static_cast<std::size_t>(size)});
}

void EgressConnection::received(std::span<const std::uint8_t> bytes) {
  while (!gone_ && !over_) {
    const http::Event event = parser_.feed(bytes);
    bytes = bytes.subspan(event.consumed);
    switch (event.kind) {
      case http::Event::Kind::NeedMore: return;
      case http::Event::Kind::Head: on_head(); break;
      case http::Event::Kind::Body:
        body_.append(reinterpret_cast<const char*>(event.body.data()), event.body.size());
        break;
      case http::Event::Kind::End: return on_end(bytes);
      case http::Event::Kind::Error:
        close_after_ = true;
        // What comes behind a request of a CSE that cannot count is none, and gets no answer.
        if (served_ && !in_message_) return stop();
        return refuse(CallResult::Malformed, http::sentence(event.error));
    }
  }
}

void EgressConnection::on_head() {
  const http::RequestHead& head = parser_.head();
  body_.clear();
  in_message_ = true;
  asked_at_ = monotonic_microseconds();
  deadline_ = host_.services().now() + static_cast<LoopTime>(limits_.answer_timeout.count());
  close_after_ = !head.keep_alive || host_.draining();
  if (!head.expects_continue) return;
  http::write_continue(out_);
  send();
}

// A CSE that counts characters instead of bytes says less than it sends. What is too much is never read as a request;
// of one that is known for it, it is the end of the body.
void EgressConnection::on_end(std::span<const std::uint8_t> surplus) {
  if (!surplus.empty()) {
    close_after_ = true;
    if (host_.services().snapshot->config().cse.profile == policy::CseProfile::Mobius)
      body_.append(reinterpret_cast<const char*>(surplus.data()), surplus.size());
  }
  asked_ = true;
  uv_read_stop(stream());
  submit();
}

std::string EgressConnection::take_translated_body() {
  const http::Field* type = parser_.head().find("Content-Type");
  const auto serialisation = type == nullptr ? std::nullopt : http::serialisation_of(type->value);
  const auto& translation = host_.services().translation;
  std::string body = std::exchange(body_, {});
  if (!serialisation || !translation) return body;
  auto other = policy::translated(*serialisation, *translation, body);
  return other ? *std::move(other) : body;
}

// Within what [egress] bounds for all registrees together. An association that nobody uses gives way.
bool EgressConnection::has_room(const Destination& destination) {
  const EgressServices& services = host_.services();
  const auto& egress = services.snapshot->config().egress;
  if (!egress) return true;
  if (services.counters.waiting.value() >= egress->max_waiting_total) return false;
  return host_.router().make_room(destination, egress->max_connections);
}

void EgressConnection::submit() {
  const http::RequestHead& head = parser_.head();
  if (head.method == http::Method::Other) return refuse(CallResult::Malformed, "unknown method");
  auto routed = host_.router().route(door_, head.target);
  if (!routed) return refuse(CallResult::NoRoute, "");
  if (!has_room(*routed->destination)) return refuse(CallResult::Overloaded, "");
  const policy::Config& config = host_.services().snapshot->config();
  EgressCall call;
  // The CSE's whole time is for the answer to be there, so the call ends a little before.
  call.budget = static_cast<LoopTime>(limits_.answer_timeout.count());
  call.deadline = deadline_ - call.budget / 32;
  call.request_id = request_id_of(head);
  call.request_for =
      [this, instead = routed->instead,
       parts = EgressParts{std::move(routed->path), std::move(routed->query), take_translated_body(),
                           routed->to_cse ? config.cse.id.sp_relative() : std::string()}](policy::PointOfAccess point) {
        if (instead) point.path.clear();
        return egress_request(parser_.head(), point, parts, host_.services().snapshot->config().headers);
      };
  call.done = [this](const CallOutcome& outcome) { answered(outcome); };
  destination_ = routed->destination->address().name;
  ticket_ = routed->destination->submit(std::move(call));
  if (!ticket_) refuse(CallResult::Overloaded, "");
}

void EgressConnection::answered(const CallOutcome& outcome) {
  ticket_.reset();
  if (outcome.result != CallResult::Answered) return refuse(outcome.result, outcome.detail);
  answer(*outcome.head, outcome.body);
}

// What came while nothing was read is surplus of this request, or one that its sender will repeat.
bool EgressConnection::more_has_come() const {
  char byte = 0;
  uv_os_fd_t fd = -1;
  const bool open = uv_fileno(reinterpret_cast<const uv_handle_t*>(stream()), &fd) == 0;
  return open && recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void EgressConnection::answer(const http::ResponseHead& head, std::string_view given) {
  EgressServices& services = host_.services();
  close_after_ = close_after_ || more_has_come();
  const auto& registrar = services.snapshot->config().registrar;
  const bool follows = door_ == EgressDoor::Registrar && registrar && services.registrar_door;
  const auto other =
      follows ? registrar_answer(head, given, registrar->cse_id, *services.registrar_door) : std::nullopt;
  const std::string_view body = other ? std::string_view(*other) : given;
  services.counters.calls[static_cast<std::size_t>(CallResult::Answered)].add();
  services.counters.call_duration.observe(monotonic_microseconds() - asked_at_);
  egress_answer(out_, head, body, request_id_of(parser_.head()), close_after_, services.snapshot->config().headers);
  read_on();
}

void EgressConnection::refuse(CallResult result, std::string_view detail) {
  EgressServices& services = host_.services();
  close_after_ = close_after_ || more_has_come();
  services.counters.calls[static_cast<std::size_t>(result)].add();
  const http::RequestHead& head = parser_.head();
  if (result != CallResult::Malformed && !detail.empty())
    services.log.call_failed({destination_, to_text(result), detail});
  const bool malformed = result == CallResult::Malformed;
  const std::string_view id = malformed ? std::string_view() : request_id_of(head);
  http::write_refusal(
      out_,
      {malformed ? policy::ResponseCode::BadRequest : policy::ResponseCode::TargetNotReachable, std::nullopt,
       malformed && !detail.empty() ? detail : sentence(result), id.empty() ? std::nullopt : std::optional(id),
       std::nullopt, malformed ? policy::Serialisation::Json : http::answer_serialisation(head), close_after_, false});
  read_on();
}

// The answer goes out in one write; some CSEs read no second segment.
void EgressConnection::read_on() {
  asked_ = in_message_ = false;
  served_ = true;
  std::string().swap(body_);  // who idles keeps no memory
  deadline_ = host_.services().now() + kIdleFor;
  send();
  if (gone_) return;
  if (close_after_) end();
  const int status = uv_read_start(stream(), &on_alloc, &on_read);
  if (status != 0 && status != UV_EALREADY) stop();
}

// No more is answered. The CSE gets what is written all the same: it may be slow to read, and closing with bytes of it
// unread would take the answer away again.
void EgressConnection::end() {
  over_ = true;
  deadline_ = host_.services().now() + kLinger;
  auto request = std::make_unique<uv_shutdown_t>();
  const auto done = [](uv_shutdown_t* over, int) noexcept { delete over; };
  if (uv_shutdown(request.get(), stream(), done) == 0) static_cast<void>(request.release());
}

void EgressConnection::send() {
  const http::Output bytes = std::exchange(out_, {});
  if (write_stream(stream(), bytes) != 0) stop();
}

void EgressConnection::on_write_failed(int) noexcept { stop(); }

void EgressConnection::look(LoopTime now) {
  if (gone_ || now < deadline_) return;
  if (!asked_) return stop();
  withdraw();
  refuse(CallResult::TooLate, "");
}

void EgressConnection::drain() {
  if (over_) return;
  close_after_ = true;
  if (!idle() || more_has_come()) return;
  if (uv_stream_get_write_queue_size(stream()) > 0) return end();
  stop();
}

void EgressConnection::stop() {
  if (gone_) return;
  gone_ = true;
  withdraw();
  // Bytes that the kernel has are sent all the same.
  tcp_.reset();
  pipe_.reset();
  host_.retire(ref_);
}

}  // namespace saproxy::proxy
