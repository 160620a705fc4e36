// Control and the reconciliation with the CSE: what starts it, and how an operator reads it.
#include "proxy/client/cse_http.h"
#include "proxy/control.h"

namespace saproxy::proxy {

void Control::make_reconciler() {
  Reconciler::Callbacks callbacks;
  callbacks.inform = [this](policy::LogSettings::Level level, const std::string& text) { inform(level, text); };
  callbacks.connect = [this](const policy::CseSettings& cse) {
    return std::make_unique<HttpCseTransport>(&loop_, cse, "saproxy-reconcile-");
  };
  reconciler_ = std::make_unique<Reconciler>(&loop_, *registrar_, std::move(callbacks));
  reconciler_->configure(live_->snapshot);
  state_.reconciliation = &reconciler_->report();
}

AdminText Control::begin_reconciliation() {
  if (state_.draining || !reconciler_) return {503, "draining"};
  return {202, reconciler_->start() ? "reconciliation has begun" : "reconciliation is under way"};
}

AdminText Control::last_reconciliation() const {
  if (!reconciler_) return {503, "draining"};
  if (reconciler_->running()) return {202, "under way: " + std::to_string(reconciler_->asked()) + " questions asked"};
  const ReconciliationReport& report = reconciler_->report();
  if (report.ended == 0) return {404, "not reconciled since saproxy has started"};
  std::string text = reconciliation_text(report);
  text.pop_back();  // the last end of line is the answer's
  return {std::uint16_t(report.result.problem.empty() ? 200 : 503), std::move(text)};
}

}  // namespace saproxy::proxy
