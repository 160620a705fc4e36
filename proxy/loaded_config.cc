#include "proxy/loaded_config.h"

#include <ostream>

#include "policy/config_loader.h"
#include "proxy/files.h"
#include "proxy/loop/clock.h"

namespace saproxy::proxy {

std::optional<policy::Config> load_for_command(const std::string& path, std::ostream& err) {
  policy::LoadResult loaded = policy::load_config(path, disk_reader(), disk_lister(), unix_seconds());
  for (const policy::ConfigError& error : loaded.errors) err << error.text() << '\n';
  for (const policy::ConfigError& warning : loaded.warnings) err << "warning: " << warning.text() << '\n';
  if (!loaded.errors.empty()) return std::nullopt;
  return std::move(loaded.config);
}

}  // namespace saproxy::proxy
