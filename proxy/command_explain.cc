#include <algorithm>
#include <filesystem>
#include <ostream>

#include "policy/explain.h"
#include "policy/snapshot.h"
#include "proxy/admin/client.h"
#include "proxy/commands.h"
#include "proxy/loaded_config.h"
#include "proxy/loop/clock.h"
#include "proxy/registry/store.h"

namespace saproxy::proxy {
namespace {

// Who is registered, as the store has it now; nobody where there is none.
identity::Result<policy::Registry> known_registrations(const std::string& file) {
  policy::Registry registry;
  if (file.empty() || !std::filesystem::exists(file)) return registry;
  SAPROXY_TRY(const auto store, open_registry_store(file, StoreAccess::Read));
  SAPROXY_TRY(std::vector<policy::Registration> all, store->load());
  for (policy::Registration& registration : all) registry.put(std::move(registration));
  return registry;
}

// Rules that are fetched are known to the saproxy that fetches them, and to nobody else: it explains. Nothing: it could
// not be asked, and `note` says why.
std::optional<std::string> ask_running(const policy::Config& config, const ExplainOptions& options, std::string& note) {
  const auto said =
      ask_to_explain(config.admin, {options.request, options.listener}).and_then([](const AdminReply& reply) {
        return reply.text_of_success();
      });
  if (said) return *said;
  note = "the application rules are not known here: " + said.error().detail;
  return std::nullopt;
}

}  // namespace

int explain_request(const ExplainOptions& options, std::ostream& out, std::ostream& err) {
  std::optional<policy::Config> config = load_for_command(options.config_path, err);
  if (!config) return kExitFailed;
  const auto snapshot = policy::Snapshot::make(std::move(*config), 1);
  const policy::ListenerSettings* listener = policy::find_listener(snapshot->config(), options.listener);
  if (listener == nullptr) {
    err << "there is no listener \"" << options.listener << "\"; there are:";
    for (const policy::ListenerSettings& other : snapshot->config().listeners) err << " \"" << other.name << '"';
    err << '\n';
    return kExitUsage;
  }
  std::string note;
  if (snapshot->config().registration.app_rules == policy::RegistrationSettings::Rules::Fetched) {
    if (const auto said = ask_running(snapshot->config(), options, note)) {
      out << "asked        saproxy at " << snapshot->config().admin.address->text() << ", with the rules it has\n";
      out << *said << '\n';
      return kExitOk;
    }
  }
  const auto registry = known_registrations(snapshot->config().registry.file);
  if (!registry) {
    err << registry.error().detail << '\n';
    return kExitFailed;
  }
  out << policy::explain(*snapshot, *listener, options.request, *registry, unix_milliseconds());
  if (!note.empty()) out << "note         " << note << '\n';
  return kExitOk;
}

}  // namespace saproxy::proxy
