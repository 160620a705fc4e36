#include "proxy/worker.h"

namespace saproxy::proxy {

Worker::Worker(unsigned index, std::uint32_t process_tag, Log& log, Registrar& registrar, RuleDemand& rule_demand,
               OcspClient& ocsp, std::function<void()> on_finished)
    : ocsp_(ocsp, [this](OcspArrived arrived) { mailbox_.post(std::move(arrived)); }),
      log_(log),
      registrar_(registrar),
      rule_demand_(rule_demand),
      on_finished_(std::move(on_finished)),
      process_tag_(process_tag),
      index_(index) {}

Worker::~Worker() {
  if (thread_.joinable()) {
    cut();
    thread_.join();
  }
  if (!loop_open_) return;
  close_loop_handles();
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
}

identity::Result<bool> Worker::start(std::shared_ptr<const Live> live, std::vector<NamedSocket> sockets) {
  const auto uv = [](int status) {
    return identity::fail(identity::ErrorCode::Failed, std::string("event loop: ") + uv_strerror(status));
  };
  if (const int status = uv_loop_init(&loop_); status != 0) return uv(status);
  loop_open_ = true;
  wheel_ = std::make_unique<DeadlineWheel>(uv_now(&loop_));
  upstream_ = std::make_unique<UpstreamPool>(&loop_, buffers_, counters_.upstream);
  registrations_ = std::make_unique<RegistrationDesk>(
      &loop_, *upstream_, counters_.registrations,
      [this](const std::string& text) { log_.message(policy::LogSettings::Level::Error, text); }, registrar_,
      [this](RegistrarWord word) { mailbox_.post(word); });
  services_ = std::make_unique<WorkerServices>(WorkerServices{&loop_, buffers_, *wheel_, *upstream_, counters_, log_,
                                                              *registrations_, rule_demand_, collecting_, ocsp_});
  live_ = std::move(live);
  upstream_->configure(live_->snapshot);
  int status = mailbox_.open(&loop_, [this](Mail&& mail) { receive(std::move(mail)); });
  if (status == 0) status = tick_.open(this, [&](uv_timer_t* timer) { return uv_timer_init(&loop_, timer); });
  if (status == 0) status = turn_.open(this, [&](uv_prepare_t* prepare) { return uv_prepare_init(&loop_, prepare); });
  if (status == 0) status = judging_.open(this, [&](uv_idle_t* idle) { return uv_idle_init(&loop_, idle); });
  if (status == 0) status = admission_.open(this, [&](uv_idle_t* idle) { return uv_idle_init(&loop_, idle); });
  if (status == 0) status = uv_prepare_start(turn_.get(), &on_turn);
  for (NamedSocket& socket : sockets)
    if (status == 0) status = listen(std::move(socket));
  if (status != 0) return uv(status);
  thread_ = std::thread([this] { run(); });
  return true;
}

void Worker::run() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  on_finished_();
}

void Worker::swap(std::shared_ptr<const Live> live, std::vector<NamedSocket> fresh) {
  mailbox_.post(Swap{std::move(live), std::move(fresh)});
}
void Worker::drain() { mailbox_.post(Drain{}); }
void Worker::cut() { mailbox_.post(Cut{}); }
void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

void Worker::receive(Mail mail) {
  if (auto* swap = std::get_if<Swap>(&mail)) return apply(std::move(*swap));
  if (const auto* word = std::get_if<RegistrarWord>(&mail)) return registrations_->deliver(*word);
  if (const auto* arrived = std::get_if<OcspArrived>(&mail)) {
    if (Peer* peer = peers_.find(arrived->peer)) peer->on_status(arrived->known);
    return;
  }
  if (std::holds_alternative<Drain>(mail)) return begin_drain();
  cut_all();
}

int Worker::listen(NamedSocket named) {
  auto listening = std::make_unique<Listening>();
  listening->worker = this;
  listening->name = std::move(named.listener);
  int status = listening->handle.open(listening.get(), [&](uv_tcp_t* tcp) { return uv_tcp_init(&loop_, tcp); });
  if (status == 0) status = uv_tcp_open(listening->handle.get(), named.socket.fd());
  if (status != 0) return status;
  static_cast<void>(named.socket.release());
  status = uv_listen(reinterpret_cast<uv_stream_t*>(listening->handle.get()), kAcceptBacklog, &on_connection);
  if (status == 0) listening_.push_back(std::move(listening));
  return status;
}

void Worker::retire(SlotRef peer) { peers_.retire(peer); }

void Worker::on_turn(uv_prepare_t* prepare) noexcept {
  auto* worker = owner_of<Worker>(prepare);
  if (worker == nullptr) return;
  worker->peers_.sweep();
  worker->registrations_->sweep();
  worker->upstream_->next_turn();
  worker->next_turn();
  worker->finish_if_empty();
}

void Worker::watch_deadlines() {
  if (ticking_) return;
  ticking_ = true;
  uv_timer_start(tick_.get(), &on_tick, DeadlineWheel::kTick, DeadlineWheel::kTick);
}

void Worker::on_tick(uv_timer_t* timer) noexcept {
  auto* worker = owner_of<Worker>(timer);
  if (worker == nullptr) return;
  worker->wheel_->advance(uv_now(&worker->loop_), [worker](SlotRef ref, LoopTime time) {
    if (Peer* peer = worker->peers_.find(ref)) peer->look_at_deadline(time);
  });
  worker->look_at_waiting();
  if (worker->peers_.size() != 0) return;
  worker->ticking_ = false;
  uv_timer_stop(worker->tick_.get());
}

void Worker::apply(Swap swap) {
  if (draining_) return;
  live_ = std::move(swap.live);
  upstream_->configure(live_->snapshot);
  std::erase_if(listening_, [&](const std::unique_ptr<Listening>& listening) {
    for (const NamedSocket& fresh : swap.fresh)
      if (fresh.listener == listening->name) return true;  // the address of that name has changed
    return live_->find(listening->name) == nullptr;
  });
  for (NamedSocket& socket : swap.fresh) {
    const std::string name = socket.listener;
    if (const int status = listen(std::move(socket)); status != 0)
      log_.message(policy::LogSettings::Level::Error, "listener " + name + ": " + uv_strerror(status));
  }
  next_to_judge_ = 0;
  uv_idle_start(judging_.get(), &on_idle);
}

void Worker::on_idle(uv_idle_t* idle) noexcept {
  if (auto* worker = owner_of<Worker>(idle)) worker->judge_slice();
}

void Worker::judge_slice() {
  const std::uint64_t until = uv_hrtime() + kJudgingTime;
  for (std::uint32_t n = 0; n < kJudgedAtOnce && (n == 0 || uv_hrtime() < until); ++n) {
    if (next_to_judge_ >= peers_.slot_count()) {
      uv_idle_stop(judging_.get());
      return;
    }
    if (Peer* peer = peers_.at_slot(next_to_judge_++)) peer->judge_again();
  }
}

void Worker::begin_drain() {
  if (draining_) return;
  draining_ = true;
  for (const std::unique_ptr<Listening>& listening : listening_) accept_rest(*listening);
  listening_.clear();
  peers_.for_each([](Peer& peer) { peer.drain(); });
  if (peers_.size() != 0) watch_deadlines();
}

void Worker::cut_all() {
  draining_ = true;
  listening_.clear();
  peers_.for_each([](Peer& peer) { peer.stop(EndReason::Drained); });
  registrations_->close();
}

void Worker::finish_if_empty() {
  if (!draining_ || finished_ || peers_.size() != 0 || peers_.has_retired() || !registrations_->idle()) return;
  finished_ = true;
  close_loop_handles();
}

void Worker::close_loop_handles() {
  listening_.clear();
  mailbox_.close();
  if (registrations_) registrations_->close();
  if (upstream_) upstream_->close();
  tick_.reset();
  turn_.reset();
  judging_.reset();
  admission_.reset();
}

}  // namespace saproxy::proxy
