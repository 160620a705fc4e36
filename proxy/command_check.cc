#include <ostream>

#include "policy/config_summary.h"
#include "proxy/commands.h"
#include "proxy/live.h"
#include "proxy/loaded_config.h"
#include "proxy/loop/clock.h"

namespace saproxy::proxy {

int check(const std::string& config_path, std::ostream& out, std::ostream& err) {
  if (const auto ready = initialise_wolfssl(); !ready) {
    err << ready.error().detail << '\n';
    return kExitFailed;
  }
  std::optional<policy::Config> config = load_for_command(config_path, err);
  if (!config) return kExitFailed;
  const auto live = make_live(std::move(*config), 1);
  if (!live) {
    err << config_path << ": " << live.error().detail << '\n';
    return kExitFailed;
  }
  out << policy::summary((*live)->snapshot->config(), unix_seconds());
  return kExitOk;
}

}  // namespace saproxy::proxy
