// Control and the application rules that are fetched: other rules are another Live, which the workers take as after a
// reload.
#include <random>

#include "proxy/client/cse_http.h"
#include "proxy/control.h"
#include "proxy/egress/registrar_transport.h"

namespace saproxy::proxy {

void Control::make_rule_source() {
  RuleSource::Callbacks callbacks;
  callbacks.changed = [this] { use_fetched_rules(); };
  callbacks.inform = [this](policy::LogSettings::Level level, const std::string& text) { inform(level, text); };
  callbacks.connect = [this](const policy::RuleSourceSettings& source, const policy::CseSettings& cse) {
    return rule_transport(source, cse);
  };
  rules_ = std::make_unique<RuleSource>(&loop_, std::move(callbacks), std::random_device{}());
  state_.rules = &rules_->report();
}

std::unique_ptr<CseTransport> Control::rule_transport(const policy::RuleSourceSettings& source,
                                                      const policy::CseSettings& cse) {
  if (!source.registrar) return std::make_unique<HttpCseTransport>(&loop_, source, cse);
  const auto errand = [this](std::function<void()> work) { errands_.post(std::move(work)); };
  return std::make_unique<RegistrarTransport>(egress_.get(), source, cse, errand);
}

void Control::use_fetched_rules() {
  live_ = with_profile(*live_, rules_->profile(), live_->snapshot->generation() + 1);
  state_.snapshot = live_->snapshot;
  for (const std::unique_ptr<Worker>& worker : workers_) worker->swap(live_, {});
}

// A new configuration begins without rules; those that were fetched for the one before may serve it, too.
std::shared_ptr<const Live> Control::with_fetched_rules(std::shared_ptr<const Live> live) const {
  if (live->snapshot->profile().state != policy::ServiceProfile::State::Pending) return live;
  return with_profile(*live, rules_->profile(), live->snapshot->generation());
}

}  // namespace saproxy::proxy
