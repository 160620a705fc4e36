// Control and another configuration: loaded because somebody asked or a file changed, in force as a whole or not at
// all.
#include <utility>

#include "proxy/control.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;
using Level = policy::LogSettings::Level;

// Follows what the last load looked at, also when it failed: another outcome can come from nothing else.
void Control::watch_files(ConfigSources sources) {
  if (!watch_) {
    const auto warn = [this](const std::string& text) { inform(Level::Warning, text); };
    watch_ = std::make_unique<ConfigWatch>(&loop_, ConfigWatch::Callbacks{[this] { reload(); }, warn});
  }
  const policy::ServerSettings& server = live_->snapshot->config().server;
  watch_->follow(std::move(sources), server.watch_files ? std::optional(server.watch_delay) : std::nullopt);
}

void Control::reload() {
  if (state_.draining) return;
  ConfigSources sources;
  report_reload(try_reload(sources));
  watch_files(std::move(sources));
}

Result<bool> Control::try_reload(ConfigSources& sources) {
  policy::LoadResult loaded = sources.load(options_.config_path, unix_seconds());
  for (const policy::ConfigError& error : loaded.errors) inform(Level::Error, error.text());
  if (!loaded.errors.empty())
    return fail(ErrorCode::BadSyntax, std::to_string(loaded.errors.size()) + " errors in the configuration");
  for (const policy::ConfigError& warning : loaded.warnings) inform(Level::Warning, warning.text());
  SAPROXY_TRY(std::shared_ptr<const Live> next, make_live(std::move(loaded.config), live_->snapshot->generation() + 1));
  const policy::Config& config = next->snapshot->config();
  SAPROXY_TRY(const bool exposed, look_at_exposure(config.cse));
  std::vector<Bound> bound = bound_;
  SAPROXY_TRY(auto sockets, bind_new(config, bound));
  const bool admin_moved = config.admin.address != live_->snapshot->config().admin.address;
  const bool registry_moved = config.registry.file != live_->snapshot->config().registry.file;
  if (egress_moved(config))
    inform(Level::Warning,
           "an [egress] or [registrar] that comes, goes or listens elsewhere takes effect after a restart");
  if (admin_moved || registry_moved || worker_count(config.server) != workers_.size())
    inform(Level::Warning,
           "a changed [admin] address, [registry] file or number of workers takes effect after a restart");
  bound_ = std::move(bound);
  rules_->configure(config);
  ocsp_->configure(config.ocsp);
  live_ = with_local_addresses(with_fetched_rules(std::move(next)));
  state_.plaintext_exposed = exposed;
  log_->configure(config.log);
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i]->swap(live_, std::move(sockets[i]));
  if (egress_) egress_->swap(reach_of(*live_));
  reconciler_->configure(live_->snapshot);
  health_->configure(config.cse);
  return true;
}

void Control::report_reload(const Result<bool>& outcome) {
  state_.last_reload_ok = outcome.has_value();
  if (!outcome) {
    ++state_.reloads_failed;
    inform(Level::Error, "reload refused, the configuration in force stays: " + outcome.error().detail);
    return;
  }
  ++state_.reloads_succeeded;
  state_.last_reload_success = unix_seconds();
  state_.snapshot = live_->snapshot;
  ++state_.generation;
  inform(Level::Info, "configuration reloaded, generation " + std::to_string(state_.generation));
}

}  // namespace saproxy::proxy
