// Reconciler: asks the CSE about its registrations, drops what it no longer has, and lists what nobody here knows
// (policy/reconciliation.h). When the CSE begins to answer, at an interval, or when an operator wants it. One question
// at a time and so many a second, so that 100,000 registrations neither flood the CSE nor hold up anything here. Lives
// on the control loop.
// Spec: TS-0001 10.2.2; design invariants 7, 9
#pragma once

#include <uv.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "policy/reconciliation.h"
#include "policy/snapshot.h"
#include "proxy/client/cse_transport.h"
#include "proxy/loop/uv_handle.h"
#include "proxy/registration/registrar.h"

namespace saproxy::proxy {

// For metrics and for who asks. Control thread only.
struct ReconciliationReport {
  static constexpr std::size_t kMaxNames = 1000;

  std::uint64_t succeeded = 0, failed = 0;  // runs
  std::uint64_t dropped = 0;                // registrations, of all runs
  std::int64_t last_success = 0;            // Unix seconds; 0: none yet
  // Of the last run:
  std::int64_t ended = 0;  // Unix seconds; 0: there was none
  policy::ReconciliationResult result;
  std::vector<std::string> dropped_now;  // kMaxNames of them at most
  std::size_t dropped_count = 0;
  std::size_t not_stored = 0;  // gone at the CSE, and the store could not be changed
};

class Reconciler {
 public:
  struct Callbacks {
    std::function<void(policy::LogSettings::Level, const std::string&)> inform;
    // How the CSE of this configuration is asked; From of questions that name none is the CSE-ID.
    std::function<std::unique_ptr<CseTransport>(const policy::CseSettings&)> connect;
  };

  Reconciler(uv_loop_t* loop, Registrar& registrar, Callbacks callbacks);
  ~Reconciler();
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  // A run under way goes on with what it began with, unless it is another CSE now.
  void configure(std::shared_ptr<const policy::Snapshot> snapshot);
  // It did not before: it may have been started anew, and empty.
  void cse_answers();
  // Now, whatever the settings say. False: one is under way already.
  bool start();
  [[nodiscard]] bool running() const { return run_ != nullptr; }
  [[nodiscard]] std::size_t asked() const { return asked_; }  // of the run under way
  [[nodiscard]] const ReconciliationReport& report() const { return report_; }

 private:
  struct Run;

  static void on_timer(uv_timer_t* timer) noexcept;
  void look();
  void begin();
  void next();
  void ask();
  void answered(const identity::Result<policy::CseAnswer>& answer);
  void drop();
  void finish();
  void schedule(std::uint64_t delay);
  void schedule_at(std::uint64_t due);
  void schedule_next(std::uint64_t retry);
  [[nodiscard]] std::vector<std::string> bases(const std::string& known) const;

  uv_loop_t* loop_;
  Registrar& registrar_;
  Callbacks callbacks_;
  std::shared_ptr<const policy::Snapshot> snapshot_;
  UvHandle<uv_timer_t> timer_;  // for the next run or, during one, for the next question
  std::unique_ptr<Run> run_;    // under way
  std::uint64_t last_asked_ = 0;
  std::uint64_t interval_began_ = 0;  // with the last run's end or, before any, with this
  std::size_t asked_ = 0;
  std::uint32_t failures_ = 0;  // runs in a row
  bool wanted_ = false;         // by the settings, and none has succeeded since
  ReconciliationReport report_;
};

// The last run as text, for people; what it dropped and what is unknown, a line each.
[[nodiscard]] std::string reconciliation_text(const ReconciliationReport& report);

}  // namespace saproxy::proxy
