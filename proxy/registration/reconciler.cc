#include "proxy/registration/reconciler.h"

#include <algorithm>
#include <utility>

#include "identity/printable.h"
#include "proxy/loop/clock.h"

namespace saproxy::proxy {

using identity::Result;
using policy::Drop;
using policy::RegistrySettings;
using Level = policy::LogSettings::Level;

namespace {

constexpr std::uint64_t kBeforeSecondLook = 1000;  // ms: a CSE that has just come up may still be reading its resources
constexpr std::uint64_t kFirstRetry = 1000;        // ms
constexpr std::uint64_t kLongestRetry = 600'000;   // ms
constexpr std::uint64_t kBetweenRuns = 10'000;     // ms, of those that nobody has asked for
constexpr std::size_t kDropsAtOnce = 256;          // one commit each

class View final : public policy::RegistrationView {
 public:
  View(const SharedRegistry& registry, const policy::GateRules& rules) : registry_(registry), rules_(rules) {}
  std::optional<policy::SeenRegistration> seen(std::string_view entity_id) const override {
    return registry_.seen(entity_id);
  }
  bool knows_resource(std::string_view address) const override { return registry_.has_resource(address, rules_); }

 private:
  const SharedRegistry& registry_;
  const policy::GateRules& rules_;
};

}  // namespace

// One pass over everything. The snapshot holds the rules that it judges by.
struct Reconciler::Run {
  Run(std::shared_ptr<const policy::Snapshot> of, const SharedRegistry& registry,
      policy::Reconciliation::Settings settings, std::vector<std::string> ids)
      : snapshot(std::move(of)),
        view(registry, snapshot->gate_rules()),
        reconciliation(snapshot->gate_rules(), view, std::move(settings), std::move(ids)) {}

  std::shared_ptr<const policy::Snapshot> snapshot;
  View view;
  policy::Reconciliation reconciliation;
  std::vector<Drop> drops;  // not committed yet
  std::vector<std::string> dropped;
  std::size_t dropped_count = 0, not_stored = 0;
  std::unique_ptr<CseTransport> transport;
};

Reconciler::Reconciler(uv_loop_t* loop, Registrar& registrar, Callbacks callbacks)
    : loop_(loop), registrar_(registrar), callbacks_(std::move(callbacks)) {
  static_cast<void>(
      timer_.open(this, [loop](uv_timer_t* timer) { return uv_timer_init(loop, timer); }));  // never fails
}

Reconciler::~Reconciler() = default;

void Reconciler::configure(std::shared_ptr<const policy::Snapshot> snapshot) {
  const bool other_cse = snapshot_ && (snapshot_->config().cse.id != snapshot->config().cse.id ||
                                       snapshot_->config().cse.address != snapshot->config().cse.address);
  uv_update_time(loop_);
  if (!snapshot_) interval_began_ = uv_now(loop_);
  snapshot_ = std::move(snapshot);
  const bool off = snapshot_->config().registry.reconcile == RegistrySettings::Reconcile::Off;
  const bool waits = uv_is_active(reinterpret_cast<const uv_handle_t*>(timer_.get())) != 0;
  const bool goes_on = run_ || (wanted_ && waits && !off);  // that one, or its next try
  if (goes_on && !other_cse) return;
  run_.reset();
  uv_timer_stop(timer_.get());
  if (other_cse) cse_answers();
  if (!other_cse || !wanted_) schedule_next(kFirstRetry);
}

void Reconciler::cse_answers() {
  const RegistrySettings& settings = snapshot_->config().registry;
  // What is in memory only began empty with this process, and a CSE that was away since then is asked about it.
  const bool nothing_to_ask = settings.file.empty() && registrar_.registry().size() == 0;
  if (settings.reconcile == RegistrySettings::Reconcile::Off || nothing_to_ask || run_) return;
  wanted_ = true;
  uv_update_time(loop_);
  schedule_at(report_.ended != 0 ? interval_began_ + kBetweenRuns : 0);
}

bool Reconciler::start() {
  if (run_) return false;
  begin();
  return true;
}

// One that is wanted and has not succeeded comes after `retry`, others at their interval.
void Reconciler::schedule_next(std::uint64_t retry) {
  const RegistrySettings& settings = snapshot_->config().registry;
  if (settings.reconcile == RegistrySettings::Reconcile::Off) return;
  if (wanted_) return schedule(retry);
  if (settings.reconcile_every)
    schedule_at(interval_began_ + static_cast<std::uint64_t>(settings.reconcile_every->count()));
}

void Reconciler::schedule_at(std::uint64_t due) { schedule(due > uv_now(loop_) ? due - uv_now(loop_) : 0); }

void Reconciler::schedule(std::uint64_t delay) { uv_timer_start(timer_.get(), &on_timer, delay, 0); }

void Reconciler::on_timer(uv_timer_t* timer) noexcept {
  if (auto* reconciler = owner_of<Reconciler>(timer)) reconciler->look();
}

void Reconciler::look() {
  if (run_) return ask();
  wanted_ = true;
  begin();
}

// The name that is configured, or else what the registrations themselves say of it, comes first.
std::vector<std::string> Reconciler::bases(const std::string& known) const {
  const policy::CseSettings& cse = snapshot_->config().cse;
  const std::string& name = cse.base_name.empty() ? known : cse.base_name;
  const std::string& id = cse.id.sp_relative();
  std::vector<std::string> found = {"-", id.substr(1), id};
  if (!name.empty()) found.insert(found.begin(), name);
  return found;
}

void Reconciler::begin() {
  SharedRegistry::Listing listing = registrar_.registry().list();
  const RegistrySettings& settings = snapshot_->config().registry;
  policy::Reconciliation::Settings how{bases(listing.base), settings.reconcile_originator};
  run_ = std::make_unique<Run>(snapshot_, registrar_.registry(), std::move(how), std::move(listing.ids));
  run_->transport = callbacks_.connect(snapshot_->config().cse);
  asked_ = 0;
  last_asked_ = 0;
  next();
}

// Asks as soon as the rate allows it.
void Reconciler::next() {
  if (run_->drops.size() >= kDropsAtOnce) drop();
  if (run_->reconciliation.question() == nullptr) return finish();
  uv_update_time(loop_);
  std::uint64_t wait = 1000 / run_->snapshot->config().registry.reconcile_rate;
  if (run_->reconciliation.second_look_begins()) wait = std::max(wait, kBeforeSecondLook);
  schedule_at(asked_ > 0 ? last_asked_ + wait : 0);
}

void Reconciler::ask() {
  last_asked_ = uv_now(loop_);
  ++asked_;
  run_->transport->ask(*run_->reconciliation.question(),
                       [this](const Result<policy::CseAnswer>& answer) { answered(answer); });
}

void Reconciler::answered(const Result<policy::CseAnswer>& answer) {
  policy::Reconciliation& reconciliation = run_->reconciliation;
  if (answer)
    reconciliation.take(*answer);
  else
    reconciliation.take_failure(answer.error());
  for (Drop& each : reconciliation.take_drops()) run_->drops.push_back(std::move(each));
  next();
}

void Reconciler::drop() {
  const std::vector<Drop> drops = std::exchange(run_->drops, {});
  if (drops.empty()) return;
  Dropped done = registrar_.drop(drops);
  run_->not_stored += done.not_stored;
  run_->dropped_count += done.ids.size();
  for (std::string& id : done.ids)
    if (run_->dropped.size() < ReconciliationReport::kMaxNames) run_->dropped.push_back(std::move(id));
}

void Reconciler::finish() {
  drop();
  const std::unique_ptr<Run> over = std::move(run_);
  report_.result = over->reconciliation.take_result();
  std::ranges::sort(over->dropped);
  report_.dropped_now = std::move(over->dropped);
  report_.dropped_count = over->dropped_count;
  report_.not_stored = over->not_stored;
  report_.dropped += over->dropped_count;
  report_.ended = unix_milliseconds() / 1000;
  interval_began_ = uv_now(loop_);
  const bool good = report_.result.problem.empty();
  if (good) {
    ++report_.succeeded;
    report_.last_success = report_.ended;
    failures_ = 0;
    wanted_ = false;
  } else {
    ++report_.failed;
    ++failures_;
  }
  schedule_next(std::min(kFirstRetry << std::min(std::max(failures_, 1U) - 1, 20U), kLongestRetry));
  const std::string text = reconciliation_text(report_);
  const bool noteworthy = !good || report_.dropped_count > 0 || !report_.result.unknown.empty();
  // The first line says how many; one outage is one line.
  if (failures_ <= 1)
    callbacks_.inform(noteworthy ? Level::Warning : Level::Info, "registry: " + text.substr(0, text.find('\n')));
}

std::string reconciliation_text(const ReconciliationReport& report) {
  const policy::ReconciliationResult& result = report.result;
  const auto number = [](std::size_t count, const char* what) { return std::to_string(count) + " " + what; };
  std::string text = result.problem.empty()
                         ? "reconciled with the CSE: "
                         : "not reconciled: " + identity::printable(result.problem) + "; until then ";
  text += number(result.registered, "registered, ") + number(result.confirmed, "confirmed, ") +
          number(report.dropped_count, "dropped, ") + number(result.contradicted, "contradicted, ") +
          number(result.undecided, "undecided, ") + number(result.unknown.size() + result.more_unknown, "unknown");
  if (report.not_stored > 0) text += "; " + number(report.not_stored, "could not be dropped: the store failed");
  text += '\n';
  if (!result.unknown_problem.empty())
    text += "the unknown ones could not all be listed: " + identity::printable(result.unknown_problem) + "\n";
  for (const std::string& id : report.dropped_now) text += "dropped " + id + "\n";
  if (report.dropped_count > report.dropped_now.size())
    text += "dropped " + number(report.dropped_count - report.dropped_now.size(), "more") + "\n";
  for (const policy::UnknownResource& unknown : result.unknown) {
    text += "unknown " + identity::printable(unknown.address) + " ";
    text += (unknown.identity.empty() ? "?" : identity::printable(unknown.identity)) + "\n";
  }
  if (result.more_unknown > 0) text += "unknown " + number(result.more_unknown, "more") + "\n";
  return text;
}

}  // namespace saproxy::proxy
