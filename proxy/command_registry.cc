#include <algorithm>
#include <memory>
#include <ostream>
#include <vector>

#include "identity/entity_id.h"
#include "identity/printable.h"
#include "proxy/admin/client.h"
#include "proxy/commands.h"
#include "proxy/loaded_config.h"
#include "proxy/registry/store.h"
#include "proxy/registry_text.h"

namespace saproxy::proxy {

using identity::ErrorCode;
using identity::Result;
using policy::Config;
using policy::Registration;

namespace {

using Registrations = std::vector<Registration>;

int failed(std::ostream& err, const std::string& detail) {
  err << detail << '\n';
  return kExitFailed;
}

int not_registered(std::ostream& err, const std::string& entity_id) {
  return failed(err, identity::printable(entity_id) + " is not registered");
}

// A configuration that names a store.
std::optional<Config> load(const std::string& config_path, std::ostream& err) {
  std::optional<Config> config = load_for_command(config_path, err);
  if (config && config->registry.file.empty()) {
    err << config_path << ": names no file under [registry]: registrations live in memory only\n";
    return std::nullopt;
  }
  return config;
}

// As they are now, whoever owns the store.
Result<Registrations> read(const Config& config) {
  SAPROXY_TRY(const std::unique_ptr<RegistryStore> store, open_registry_store(config.registry.file, StoreAccess::Read));
  return store->load();
}

const Registration* find(const Registrations& registrations, const std::string& entity_id) {
  const auto found = std::ranges::find(registrations, entity_id, &Registration::entity_id);
  return found == registrations.end() ? nullptr : &*found;
}

bool is_id(const std::string& entity_id, std::ostream& err) {
  if (identity::is_registree_id(entity_id)) return true;
  err << '"' << identity::printable(entity_id) << "\" is neither an AE-ID-Stem as in Cae1 nor a CSE-ID as in /cse2\n";
  return false;
}

int forget_in(RegistryStore& store, const std::string& entity_id, std::ostream& out, std::ostream& err) {
  const Result<Registrations> registrations = store.load();
  if (!registrations) return failed(err, registrations.error().detail);
  if (find(*registrations, entity_id) == nullptr) return not_registered(err, entity_id);
  policy::RegistryChange change;
  change.kind = policy::RegistryChange::Kind::Erase;
  change.registration.entity_id = entity_id;
  if (const auto erased = store.apply(std::span(&change, 1)); !erased) return failed(err, erased.error().detail);
  out << "forgot " << entity_id << '\n';
  return kExitOk;
}

int ask_owner(const Config& config, const std::string& entity_id, std::ostream& out, std::ostream& err) {
  const Result<AdminReply> reply = ask_to_forget(config.admin, entity_id);
  if (!reply)
    return failed(err, "a running saproxy has " + config.registry.file + ": " + reply.error().detail +
                           "; mend that, or stop it first");
  const Result<std::string> said = reply->text_of_success();
  if (!said) return failed(err, said.error().detail);
  out << identity::printable(*said) << '\n';
  return kExitOk;
}

// How the associations stand that a running saproxy has begun; it alone knows. Fails with why it cannot be asked.
Result<std::string> ask_for_state(const Config& config, const std::string& entity_id) {
  return ask_for_associations(config.admin, entity_id).and_then([](const AdminReply& reply) {
    return reply.text_of_success();
  });
}

// Nothing without an [egress].
std::optional<Phases> phases_of(const Config& config, std::ostream& err) {
  if (!config.egress) return std::nullopt;
  const Result<std::string> said = ask_for_state(config, "");
  if (said) return parse_far_end_lines(*said);
  err << "SA2 is not shown: " << said.error().detail << '\n';
  return std::nullopt;
}

}  // namespace

int registry_list(const std::string& config_path, ListForm form, std::ostream& out, std::ostream& err) {
  const std::optional<Config> config = load(config_path, err);
  if (!config) return kExitFailed;
  const Result<Registrations> registrations = read(*config);
  if (!registrations) return failed(err, registrations.error().detail);
  Registrations present = *registrations;
  std::erase_if(present, [](const Registration& registration) { return registration.ended; });
  const std::optional<Phases> phases = phases_of(*config, err);
  const Phases* shown = phases ? &*phases : nullptr;
  if (form == ListForm::Table) {
    out << registration_table(present, shown);
  } else {
    for (const Registration& registration : present) out << registration_json(registration, shown) << '\n';
  }
  return kExitOk;
}

int registry_show(const std::string& config_path, const std::string& entity_id, std::ostream& out, std::ostream& err) {
  if (!is_id(entity_id, err)) return kExitUsage;
  const std::optional<Config> config = load(config_path, err);
  if (!config) return kExitFailed;
  const Result<Registrations> registrations = read(*config);
  if (!registrations) return failed(err, registrations.error().detail);
  const Registration* const found = find(*registrations, entity_id);
  if (found == nullptr) return not_registered(err, entity_id);
  out << registration_details(*found);
  if (!config->egress || found->ended) return kExitOk;
  const Result<std::string> said = ask_for_state(*config, entity_id);
  if (said) {
    out << *said << '\n';
  } else {
    out << "SA2               unknown: " << said.error().detail << '\n';
  }
  return kExitOk;
}

int registry_forget(const std::string& config_path, const std::string& entity_id, std::ostream& out,
                    std::ostream& err) {
  if (!is_id(entity_id, err)) return kExitUsage;
  const std::optional<Config> config = load(config_path, err);
  if (!config) return kExitFailed;
  // Looked at first, because owning it would make one where there is none.
  if (const auto there = open_registry_store(config->registry.file, StoreAccess::Read); !there)
    return failed(err, there.error().detail);
  const auto store = open_registry_store(config->registry.file, StoreAccess::Own);
  if (store) return forget_in(**store, entity_id, out, err);
  if (store.error().code == ErrorCode::Conflict) return ask_owner(*config, entity_id, out, err);
  return failed(err, store.error().detail);
}

}  // namespace saproxy::proxy
