#include "proxy/loaded_config.h"

#include <chrono>
#include <ostream>

#include "policy/config_loader.h"
#include "proxy/files.h"

namespace saproxy::proxy {

std::int64_t wall_milliseconds() {
  using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::system_clock;
  return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::optional<policy::Config> load_for_command(const std::string& path, std::ostream& err) {
  policy::LoadResult loaded = policy::load_config(path, disk_reader(), disk_lister(), wall_milliseconds() / 1000);
  for (const policy::ConfigError& error : loaded.errors) err << error.text() << '\n';
  for (const policy::ConfigError& warning : loaded.warnings) err << "warning: " << warning.text() << '\n';
  if (!loaded.errors.empty()) return std::nullopt;
  return std::move(loaded.config);
}

}  // namespace saproxy::proxy
