#include <algorithm>
#include <filesystem>
#include <ostream>

#include "policy/explain.h"
#include "policy/snapshot.h"
#include "proxy/commands.h"
#include "proxy/loaded_config.h"
#include "proxy/registry/store.h"

namespace saproxy::proxy {
namespace {

const policy::ListenerSettings* find_listener(const policy::Config& config, const std::string& name) {
  if (config.listeners.empty()) return nullptr;
  if (name.empty()) return &config.listeners.front();
  const auto found = std::ranges::find(config.listeners, name, &policy::ListenerSettings::name);
  return found == config.listeners.end() ? nullptr : &*found;
}

// Who is registered, as the store has it now; nobody where there is none.
identity::Result<policy::Registry> known_registrations(const std::string& file) {
  policy::Registry registry;
  if (file.empty() || !std::filesystem::exists(file)) return registry;
  SAPROXY_TRY(const auto store, open_registry_store(file, StoreAccess::Read));
  SAPROXY_TRY(std::vector<policy::Registration> all, store->load());
  for (policy::Registration& registration : all) registry.put(std::move(registration));
  return registry;
}

}  // namespace

int explain_request(const ExplainOptions& options, std::ostream& out, std::ostream& err) {
  std::optional<policy::Config> config = load_for_command(options.config_path, err);
  if (!config) return kExitFailed;
  const auto snapshot = policy::Snapshot::make(std::move(*config), 1);
  const policy::ListenerSettings* listener = find_listener(snapshot->config(), options.listener);
  if (listener == nullptr) {
    err << "there is no listener \"" << options.listener << "\"; there are:";
    for (const policy::ListenerSettings& other : snapshot->config().listeners) err << " \"" << other.name << '"';
    err << '\n';
    return kExitUsage;
  }
  const auto registry = known_registrations(snapshot->config().registry.file);
  if (!registry) {
    err << registry.error().detail << '\n';
    return kExitFailed;
  }
  out << policy::explain(*snapshot, *listener, options.request, *registry, wall_milliseconds());
  return kExitOk;
}

}  // namespace saproxy::proxy
