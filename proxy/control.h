// Control: the thread that owns configuration, signals, the admin endpoint and the workers.
//
//   SIGHUP, changed files ─▶ load ▸ validate ▸ bind new ports ▸ swap (or keep the old and say why)
//   other application rules at their source ─▶ swap the rules alone
//   SIGTERM, SIGINT, POST /shutdown ─▶ drain ▸ deadline ▸ cut; a second signal ends at once with 1
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "proxy/admin/cse_health.h"
#include "proxy/admin/log.h"
#include "proxy/admin/process_state.h"
#include "proxy/admin/server.h"
#include "proxy/app.h"
#include "proxy/client/ocsp_client.h"
#include "proxy/client/rule_demand.h"
#include "proxy/client/rule_source.h"
#include "proxy/config_watch.h"
#include "proxy/egress/egress.h"
#include "proxy/live.h"
#include "proxy/loop/mailbox.h"
#include "proxy/loop/uv_handle.h"
#include "proxy/registration/reconciler.h"
#include "proxy/registration/registrar.h"
#include "proxy/worker.h"

namespace saproxy::proxy {

class Control {
 public:
  explicit Control(RunOptions options);
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  // Binds every port, starts every thread. Fails with what stopped it; nothing listens then. `sources`: what loading
  // `config` looked at.
  [[nodiscard]] identity::Result<bool> start(policy::Config config, ConfigSources sources);
  // Until drained; the exit code.
  [[nodiscard]] int run();

 private:
  struct Bound {  // where a listener really is
    std::string name;
    policy::Endpoint configured, actual;
  };
  struct Finished {};
  struct EgressTold {
    SlotRef asker;  // of the admin listener
    bool all = false;
    std::vector<FarEndState> states;
  };
  using Mail = std::variant<Finished, EgressTold>;

  [[nodiscard]] static unsigned worker_count(const policy::ServerSettings& server);
  static void on_signal(uv_signal_t* signal, int number) noexcept;
  static void on_drain_deadline(uv_timer_t* timer) noexcept;
  static void on_second(uv_timer_t* timer) noexcept;
  [[nodiscard]] identity::Result<std::vector<std::vector<NamedSocket>>> bind_new(const policy::Config& config,
                                                                                 std::vector<Bound>& bound) const;
  [[nodiscard]] identity::Result<bool> start_workers(std::vector<std::vector<NamedSocket>> sockets);
  [[nodiscard]] identity::Result<bool> start_admin(const policy::AdminSettings& admin);
  [[nodiscard]] std::optional<std::string> explain(const ExplainQuestion& question) const;
  [[nodiscard]] identity::Result<bool> watch_signals();
  [[nodiscard]] identity::Result<bool> start_timers();
  [[nodiscard]] static Reach reach_of(const Live& live);
  [[nodiscard]] identity::Result<bool> start_egress(const policy::Config& config);
  [[nodiscard]] identity::Result<EgressSocket> open_door(EgressDoor door, const policy::Endpoint& configured,
                                                         const std::vector<std::uint32_t>& users);
  [[nodiscard]] std::shared_ptr<const Live> with_local_addresses(std::shared_ptr<const Live> live) const;
  [[nodiscard]] bool egress_moved(const policy::Config& config) const;
  [[nodiscard]] identity::Result<bool> look_at_exposure(const policy::CseSettings& cse);
  void start_health();
  void make_rule_source();
  [[nodiscard]] identity::Result<bool> start_ocsp();
  [[nodiscard]] std::unique_ptr<CseTransport> rule_transport(const policy::RuleSourceSettings& source,
                                                             const policy::CseSettings& cse);
  void use_fetched_rules();
  void make_reconciler();
  [[nodiscard]] AdminText begin_reconciliation();
  [[nodiscard]] AdminText last_reconciliation() const;
  [[nodiscard]] std::shared_ptr<const Live> with_fetched_rules(std::shared_ptr<const Live> live) const;
  [[nodiscard]] identity::Result<bool> write_ready_file() const;
  void watch_files(ConfigSources sources);
  void reload();
  [[nodiscard]] identity::Result<bool> try_reload(ConfigSources& sources);
  void report_reload(const identity::Result<bool>& outcome);
  void begin_drain();
  void receive(Mail&& mail);
  void worker_finished();
  void drain_egress();
  [[nodiscard]] std::string ask_egress(SlotRef asker, const std::string& entity_id);
  void close_all();
  void inform(policy::LogSettings::Level level, const std::string& text);

  RunOptions options_;
  uv_loop_t loop_{};
  std::unique_ptr<Log> log_;
  std::shared_ptr<const Live> live_;
  ProcessState state_;
  std::unique_ptr<Registrar> registrar_;
  RuleDemand rule_demand_;
  std::unique_ptr<LinkRoom> room_;       // of the clients on this loop
  std::unique_ptr<NameResolver> names_;  // likewise
  std::unique_ptr<OcspClient> ocsp_;
  std::unique_ptr<RuleSource> rules_;
  std::unique_ptr<Reconciler> reconciler_;
  std::vector<Bound> bound_;
  std::vector<std::unique_ptr<Worker>> workers_;
  LocalDoors local_doors_;
  std::unique_ptr<Egress> egress_;
  std::vector<std::pair<std::string, policy::Endpoint>> doors_;  // where the egress really listens
  std::unique_ptr<AdminServer> admin_;
  std::unique_ptr<CseHealth> health_;
  std::unique_ptr<ConfigWatch> watch_;
  policy::Endpoint admin_endpoint_;
  Mailbox<Mail> mailbox_;
  Mailbox<std::function<void()>> errands_;  // of other threads, on this one
  std::vector<UvHandle<uv_signal_t>> signals_;
  UvHandle<uv_timer_t> drain_deadline_;
  UvHandle<uv_timer_t> each_second_;
  std::size_t running_ = 0;  // workers and, behind the last of them, the egress
  bool egress_drains_ = false;
  bool drain_is_over_ = false;  // its time is
  int exit_code_ = 0;
};

}  // namespace saproxy::proxy
