#include "proxy/control.h"

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <fstream>
#include <random>
#include <thread>

#include "proxy/admin/exposed_port.h"
#include "proxy/admin/metrics.h"
#include "proxy/registry_text.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;
using Level = policy::LogSettings::Level;

namespace {

constexpr int kBacklog = 1024;

Result<bool> from_uv(int status, const std::string& what) {
  if (status == 0) return true;
  return fail(ErrorCode::Failed, what + ": " + uv_strerror(status));
}

}  // namespace

Control::Control(RunOptions options) : options_(std::move(options)) { uv_loop_init(&loop_); }

Control::~Control() {
  egress_.reset();
  if (registrar_) registrar_->close();  // it would speak to workers that are gone
  if (ocsp_) ocsp_->close();            // likewise
  workers_.clear();
  close_all();
  uv_run(&loop_, UV_RUN_DEFAULT);
  uv_loop_close(&loop_);
}

unsigned Control::worker_count(const policy::ServerSettings& server) {
  if (server.workers > 0) return server.workers;
  return std::max(1u, std::thread::hardware_concurrency());
}

void Control::inform(Level level, const std::string& text) { log_->message(level, text); }

Result<bool> Control::start(policy::Config config, ConfigSources sources) {
  log_ = std::make_unique<Log>(config.log);
  state_.started = unix_seconds();
  SAPROXY_TRY(live_, make_live(std::move(config), 1));
  const policy::Config& settled = live_->snapshot->config();
  SAPROXY_TRY(state_.plaintext_exposed, look_at_exposure(settled.cse));
  registrar_ = std::make_unique<Registrar>([this](Level level, const std::string& text) { inform(level, text); });
  SAPROXY_TRY([[maybe_unused]] const bool registry, registrar_->open(&loop_, settled.registry.file));
  state_.registry = &registrar_->registry();
  SAPROXY_TRY([[maybe_unused]] const bool ocsp, start_ocsp());
  const unsigned workers = worker_count(settled.server);
  for (unsigned i = 0; i < workers; ++i)
    workers_.push_back(std::make_unique<Worker>(i, std::random_device{}(), *log_, *registrar_, rule_demand_, *ocsp_,
                                                [this] { mailbox_.post(Finished{}); }));
  SAPROXY_TRY(auto sockets, bind_new(settled, bound_));
  SAPROXY_TRY([[maybe_unused]] const bool mail,
              from_uv(mailbox_.open(&loop_, [this](Mail&& mail) { receive(std::move(mail)); }), "event loop"));
  SAPROXY_TRY([[maybe_unused]] const bool errands,
              from_uv(errands_.open(&loop_, [](std::function<void()>&& work) { work(); }), "event loop"));
  SAPROXY_TRY([[maybe_unused]] const bool admin, start_admin(settled.admin));
  SAPROXY_TRY([[maybe_unused]] const bool signals, watch_signals());
  SAPROXY_TRY([[maybe_unused]] const bool timers, start_timers());
  SAPROXY_TRY([[maybe_unused]] const bool egress, start_egress(settled));
  SAPROXY_TRY([[maybe_unused]] const bool started, start_workers(std::move(sockets)));
  make_reconciler();
  start_health();
  make_rule_source();
  rules_->configure(live_->snapshot->config());
  watch_files(std::move(sources));
  return write_ready_file();
}

// Sockets for the listeners that are new or have moved, one for each worker; `bound` becomes the new state of all.
Result<std::vector<std::vector<NamedSocket>>> Control::bind_new(const policy::Config& config,
                                                                std::vector<Bound>& bound) const {
  std::vector<std::vector<NamedSocket>> sockets(workers_.size());
  std::vector<Bound> after;
  for (const policy::ListenerSettings& listener : config.listeners) {
    const auto same = std::find_if(bound.begin(), bound.end(), [&](const Bound& b) {
      return b.name == listener.name && b.configured == listener.address;
    });
    if (same != bound.end()) {
      after.push_back(*same);
      continue;
    }
    Bound fresh{listener.name, listener.address, listener.address};
    SAPROXY_TRY(std::vector<Socket> opened, listen_tcp(fresh.actual, workers_.size(), kBacklog));
    for (std::size_t i = 0; i < opened.size(); ++i) sockets[i].push_back({listener.name, std::move(opened[i])});
    after.push_back(std::move(fresh));
  }
  bound = std::move(after);
  return sockets;
}

Result<bool> Control::start_workers(std::vector<std::vector<NamedSocket>> sockets) {
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    SAPROXY_TRY([[maybe_unused]] const bool started, workers_[i]->start(live_, std::move(sockets[i])));
    state_.workers.push_back(&workers_[i]->counters());
    ++running_;
  }
  state_.snapshot = live_->snapshot;
  state_.generation = 1;
  state_.last_reload_success = unix_seconds();
  state_.listeners_up = true;
  for (const Bound& bound : bound_) inform(Level::Info, "listener " + bound.name + " on " + bound.actual.text());
  return true;
}

Result<bool> Control::start_admin(const policy::AdminSettings& settings) {
  if (!settings.address) return true;
  admin_endpoint_ = *settings.address;
  AdminCallbacks callbacks;
  callbacks.metrics = [this] {
    state_.log_lines_dropped = log_->dropped();
    state_.registry_store_failures = registrar_->failures();
    state_.ocsp = ocsp_->report();
    return render_metrics(state_);
  };
  callbacks.ready = [this] { return readiness(state_); };
  callbacks.shutdown = [this] { begin_drain(); };
  callbacks.explain = [this](const ExplainQuestion& question) { return explain(question); };
  callbacks.forget = [this](const std::string& id) { return registrar_->forget(id); };
  callbacks.reconcile = [this] { return begin_reconciliation(); };
  callbacks.reconciliation = [this] { return last_reconciliation(); };
  callbacks.ask_egress = [this](SlotRef asker, const std::string& id) { return ask_egress(asker, id); };
  admin_ = std::make_unique<AdminServer>(&loop_, std::move(callbacks));
  if (admin_endpoint_.is_unix()) {
    SAPROXY_TRY(Socket socket, listen_unix(admin_endpoint_.unix_path, kBacklog));
    return admin_->listen(std::move(socket), true);
  }
  SAPROXY_TRY(std::vector<Socket> sockets, listen_tcp(admin_endpoint_, 1, kBacklog));
  return admin_->listen(std::move(sockets.front()), false);
}

std::optional<std::string> Control::explain(const ExplainQuestion& question) const {
  const policy::Snapshot& snapshot = *live_->snapshot;
  const policy::ListenerSettings* listener = policy::find_listener(snapshot.config(), question.listener);
  if (listener == nullptr) return std::nullopt;
  return registrar_->registry().look([&](const policy::Registry& registry) {
    return policy::explain(snapshot, *listener, question.request, registry, unix_milliseconds());
  });
}

Result<bool> Control::watch_signals() {
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    UvHandle<uv_signal_t> handle;
    SAPROXY_TRY([[maybe_unused]] const bool opened,
                from_uv(handle.open(this, [&](uv_signal_t* signal) { return uv_signal_init(&loop_, signal); }),
                        "signal handler"));
    SAPROXY_TRY([[maybe_unused]] const bool started,
                from_uv(uv_signal_start(handle.get(), &on_signal, number), "signal handler"));
    signals_.push_back(std::move(handle));
  }
  return true;
}

Result<bool> Control::start_timers() {
  const auto init = [&](uv_timer_t* timer) { return uv_timer_init(&loop_, timer); };
  SAPROXY_TRY([[maybe_unused]] const bool drain, from_uv(drain_deadline_.open(this, init), "timer"));
  SAPROXY_TRY([[maybe_unused]] const bool second, from_uv(each_second_.open(this, init), "timer"));
  return from_uv(uv_timer_start(each_second_.get(), &on_second, 1000, 1000), "timer");
}

void Control::on_second(uv_timer_t* timer) noexcept {
  auto* control = owner_of<Control>(timer);
  if (control == nullptr) return;
  control->log_->tick();
  control->registrar_->end_expired(unix_seconds());
  if (control->rule_demand_.take()) control->rules_->wanted();
}

// Is there a way around saproxy? An error when the configuration forbids one.
Result<bool> Control::look_at_exposure(const policy::CseSettings& cse) {
  using Exposed = policy::CseSettings::Exposed;
  if (cse.exposed_port == Exposed::Ignore) return false;
  const std::vector<std::string> addresses = exposed_addresses(cse.address);
  for (const std::string& address : addresses)
    inform(Level::Warning, "the CSE answers in plaintext on " + address +
                               ": whoever reaches that address goes around saproxy; bind the CSE to "
                               "loopback, or block the port with a firewall rule or a network namespace");
  if (!addresses.empty() && cse.exposed_port == Exposed::Refuse)
    return fail(ErrorCode::NotPermitted, "the CSE's plaintext port can be reached from outside this machine");
  return !addresses.empty();
}

void Control::start_health() {
  const auto last_answer = [this] {
    std::uint64_t latest = 0;
    for (const WorkerCounters* worker : state_.workers)
      latest = std::max(latest, worker->upstream.last_answer_unix.value());
    return static_cast<std::int64_t>(latest);
  };
  health_ = std::make_unique<CseHealth>(&loop_, last_answer, [this](bool up, const std::string& why) {
    state_.cse_answers = up;
    inform(up ? Level::Info : Level::Warning, up ? "the CSE answers" : "the CSE does not answer: " + why);
    if (up) reconciler_->cse_answers();
  });
  health_->configure(live_->snapshot->config().cse);
}

Result<bool> Control::write_ready_file() const {
  if (options_.ready_file.empty()) return true;
  const std::string partial = options_.ready_file + ".part";
  {
    std::ofstream out(partial, std::ios::trunc);
    for (const Bound& bound : bound_) out << bound.name << ' ' << bound.actual.text() << '\n';
    for (const auto& [name, endpoint] : doors_) out << name << ' ' << endpoint.text() << '\n';
    if (admin_) out << "admin " << admin_endpoint_.text() << '\n';
    if (!out.flush()) return fail(ErrorCode::Failed, "cannot write " + partial);
  }
  if (std::rename(partial.c_str(), options_.ready_file.c_str()) != 0)
    return fail(ErrorCode::Failed, "cannot write " + options_.ready_file);
  return true;
}

int Control::run() {
  uv_run(&loop_, UV_RUN_DEFAULT);
  for (const std::unique_ptr<Worker>& worker : workers_) worker->join();
  return exit_code_;
}

void Control::on_signal(uv_signal_t* signal, int number) noexcept {
  auto* control = owner_of<Control>(signal);
  if (control == nullptr) return;
  if (number == SIGHUP) return control->reload();
  if (control->state_.draining) {
    // Not by the log: its thread may be the one that hangs.
    std::fputs("saproxy: second signal, ending at once\n", stderr);
    std::_Exit(1);
  }
  control->begin_drain();
}

void Control::begin_drain() {
  if (state_.draining) return;
  state_.draining = true;
  inform(Level::Info, "draining: no new connections, requests in progress are finished");
  for (const std::unique_ptr<Worker>& worker : workers_) worker->drain();
  const auto limit = live_->snapshot->config().server.drain_timeout;
  uv_timer_start(drain_deadline_.get(), &on_drain_deadline, static_cast<std::uint64_t>(limit.count()), 0);
}

void Control::on_drain_deadline(uv_timer_t* timer) noexcept {
  auto* control = owner_of<Control>(timer);
  if (control == nullptr) return;
  std::uint64_t left = 0;
  for (const WorkerCounters* worker : control->state_.workers) left += worker->connections_open.value();
  if (control->egress_) left += control->egress_->counters().connections_open.value();
  control->inform(Level::Warning,
                  "drain deadline: ending " + std::to_string(left) + " connections that are still open");
  for (const std::unique_ptr<Worker>& worker : control->workers_) worker->cut();
  control->drain_is_over_ = true;
  if (control->egress_drains_) control->egress_->cut();
}

void Control::receive(Mail&& mail) {
  if (std::holds_alternative<Finished>(mail)) return worker_finished();
  const EgressTold& told = std::get<EgressTold>(mail);
  if (!admin_) return;
  admin_->answer(told.asker, told.all ? far_end_lines(told.states) : far_end_details(told.states.front()));
}

void Control::worker_finished() {
  if (--running_ > 0) return;
  if (egress_ && !egress_drains_ && !drain_is_over_) return drain_egress();
  inform(Level::Info, "drained");
  close_all();
}

// After the workers: the last request of a registree may have the CSE speak to another one.
void Control::drain_egress() {
  egress_drains_ = true;
  running_ = 1;
  egress_->drain([this] { mailbox_.post(Finished{}); });
}

void Control::close_all() {
  if (egress_) egress_->stop();
  admin_.reset();
  health_.reset();
  rules_.reset();
  reconciler_.reset();
  state_.reconciliation = nullptr;
  watch_.reset();
  if (registrar_) registrar_->close();
  if (ocsp_) ocsp_->close();
  names_.reset();
  signals_.clear();
  drain_deadline_.reset();
  each_second_.reset();
  mailbox_.close();
  errands_.close();
}

}  // namespace saproxy::proxy
