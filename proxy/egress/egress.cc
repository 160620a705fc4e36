#include "proxy/egress/egress.h"

#include <random>
#include <utility>

namespace saproxy::proxy {
namespace {

constexpr int kBacklog = 4096;
constexpr std::uint64_t kTick = 50;  // milliseconds

}  // namespace

Egress::~Egress() {
  stop();
  if (!loop_open_) return;
  close_all();
  uv_run(&loop_, UV_RUN_DEFAULT);
  connections_.sweep();
  uv_loop_close(&loop_);
}

identity::Result<bool> Egress::start(Reach reach, std::vector<EgressSocket> sockets) {
  const auto uv = [](int status) {
    return identity::fail(identity::ErrorCode::Failed, std::string("egress: ") + uv_strerror(status));
  };
  if (const int status = uv_loop_init(&loop_); status != 0) return uv(status);
  loop_open_ = true;
  room_ = std::make_unique<LinkRoom>(&loop_);
  names_ = std::make_unique<NameResolver>(&loop_, NameResolver::Settings{});
  services_ = std::make_unique<EgressServices>(EgressServices{{}, *room_, *names_, counters_, log_});
  services_->process_tag = std::random_device{}();
  router_ = std::make_unique<EgressRouter>(*services_, registry_);
  configure(std::move(reach));
  int status = mailbox_.open(&loop_, [this](Mail&& mail) { receive(std::move(mail)); });
  if (status == 0) status = tick_.open(this, [&](uv_timer_t* timer) { return uv_timer_init(&loop_, timer); });
  if (status == 0) status = uv_timer_start(tick_.get(), &on_tick, kTick, kTick);
  if (status == 0) status = turn_.open(this, [&](uv_prepare_t* prepare) { return uv_prepare_init(&loop_, prepare); });
  if (status == 0) status = uv_prepare_start(turn_.get(), &on_turn);
  for (EgressSocket& socket : sockets)
    if (status == 0) status = listen(std::move(socket));
  if (status != 0) return uv(status);
  thread_ = std::thread([this] { run(); });
  return true;
}

void Egress::run() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  if (drained_) drained_();
}

void Egress::ask_registrar(std::function<std::string(const policy::PointOfAccess&)> request_for,
                           policy::Milliseconds timeout, std::function<void(Answer)> done) {
  mailbox_.post(Ask{std::move(request_for), timeout, std::move(done)});
}

void Egress::ask(Ask asked) {
  Destination* registrar = router_->registrar();
  if (registrar == nullptr) return asked.done({std::nullopt, "there is no registrar"});
  EgressCall call;
  call.request_for = std::move(asked.request_for);
  call.budget = static_cast<LoopTime>(asked.timeout.count());
  call.deadline = services_->now() + call.budget;
  call.done = [done = asked.done](const CallOutcome& outcome) {
    if (outcome.result == CallResult::Answered) return done({outcome.head->copy(), std::string(outcome.body)});
    done({std::nullopt, outcome.detail.empty() ? std::string(to_text(outcome.result)) : outcome.detail});
  };
  if (!registrar->submit(std::move(call))) asked.done({std::nullopt, "too many requests wait for the registrar"});
}

void Egress::swap(Reach reach) { mailbox_.post(std::move(reach)); }

void Egress::ask(std::string entity_id, Tell tell) { mailbox_.post(Question{std::move(entity_id), std::move(tell)}); }

void Egress::receive(Mail&& mail) {
  if (stopping_) return;  // what came behind Stop in one batch
  if (auto* next = std::get_if<Reach>(&mail)) return configure(std::move(*next));
  if (auto* asked = std::get_if<Ask>(&mail)) return ask(std::move(*asked));
  if (const auto* question = std::get_if<Question>(&mail))
    return question->tell(question->entity_id.empty() ? router_->states()
                                                      : std::vector{router_->state_of(question->entity_id)});
  if (auto* drain = std::get_if<Drain>(&mail)) return begin_drain(std::move(drain->drained));
  close_all();
}

void Egress::drain(std::function<void()> drained) { mailbox_.post(Drain{std::move(drained)}); }

void Egress::cut() { mailbox_.post(Stop{}); }

void Egress::stop() {
  if (!thread_.joinable()) return;
  cut();
  thread_.join();
}

// The next turn of the loop finds out whether that was all.
void Egress::begin_drain(std::function<void()> drained) {
  drained_ = std::move(drained);
  draining_ = true;
  listening_.clear();
  connections_.for_each([](EgressConnection& connection) { connection.drain(); });
}

void Egress::configure(Reach reach) {
  static_cast<Reach&>(*services_) = std::move(reach);
  router_->configure();
}

int Egress::listen(EgressSocket socket) {
  auto listening = std::make_unique<Listening>();
  listening->egress = this;
  listening->door = socket.door;
  int status = 0;
  uv_stream_t* stream = nullptr;
  if (socket.is_unix) {
    status = listening->pipe.open(listening.get(), [&](uv_pipe_t* pipe) { return uv_pipe_init(&loop_, pipe, 0); });
    if (status == 0) status = uv_pipe_open(listening->pipe.get(), socket.socket.fd());
    stream = reinterpret_cast<uv_stream_t*>(listening->pipe.get());
  } else {
    status = listening->tcp.open(listening.get(), [&](uv_tcp_t* tcp) { return uv_tcp_init(&loop_, tcp); });
    if (status == 0) status = uv_tcp_open(listening->tcp.get(), socket.socket.fd());
    stream = reinterpret_cast<uv_stream_t*>(listening->tcp.get());
  }
  if (status != 0) return status;
  static_cast<void>(socket.socket.release());
  status = uv_listen(stream, kBacklog, &on_connection);
  if (status == 0) listening_.push_back(std::move(listening));
  return status;
}

void Egress::on_connection(uv_stream_t* server, int status) noexcept {
  auto* listening = owner_of<Listening>(server);
  if (listening != nullptr && status == 0) listening->egress->accept(*listening);
}

void Egress::accept(Listening& listening) {
  const policy::Config& config = services_->snapshot->config();
  const bool to_registrees = listening.door == EgressDoor::Registrees;
  if (to_registrees ? !config.egress : !config.registrar) return;
  const policy::DialLimits& limits = to_registrees ? config.egress->limits : config.registrar->limits;
  const auto& users = to_registrees ? config.egress->allowed_users : config.registrar->allowed_users;
  auto fresh = std::make_unique<EgressConnection>(*this, listening.door, limits);
  EgressConnection* connection = fresh.get();
  const SlotRef ref = connections_.add(std::move(fresh));
  const bool is_unix = static_cast<bool>(listening.pipe);
  uv_stream_t* server = is_unix ? reinterpret_cast<uv_stream_t*>(listening.pipe.get())
                                : reinterpret_cast<uv_stream_t*>(listening.tcp.get());
  if (connection->accept(server, is_unix, users, ref) && has_room(*connection)) {
    counters_.connections_accepted.add();
    return;
  }
  counters_.connections_refused.add();
  connection->stop();
}

// The one that is idle for the longest time goes first.
bool Egress::has_room(const EgressConnection& newest) {
  if (connections_.size() <= kMaxConnections) return true;
  EgressConnection* longest = nullptr;
  connections_.for_each([&](EgressConnection& one) {
    if (&one == &newest || !one.idle()) return;
    if (longest == nullptr || one.idle_until() < longest->idle_until()) longest = &one;
  });
  if (longest == nullptr) return false;
  longest->drain();
  return true;
}

void Egress::on_tick(uv_timer_t* timer) noexcept {
  auto* egress = owner_of<Egress>(timer);
  if (egress == nullptr) return;
  const LoopTime now = uv_now(&egress->loop_);
  egress->connections_.for_each([now](EgressConnection& connection) { connection.look(now); });
  egress->router_->look(now);
}

void Egress::on_turn(uv_prepare_t* prepare) noexcept {
  auto* egress = owner_of<Egress>(prepare);
  if (egress == nullptr) return;
  egress->connections_.sweep();
  egress->counters_.connections_open.set(egress->connections_.size());
  if (egress->draining_ && egress->connections_.size() == 0) egress->close_all();
}

void Egress::close_all() {
  stopping_ = true;
  listening_.clear();
  if (router_) router_->close();
  connections_.for_each([](EgressConnection& connection) { connection.stop(); });
  connections_.sweep();
  names_.reset();
  tick_.reset();
  turn_.reset();
  mailbox_.close();
}

}  // namespace saproxy::proxy
