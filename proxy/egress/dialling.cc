#include "proxy/egress/dialling.h"

#include <string>

namespace saproxy::proxy {
namespace {

using identity::Result;

Result<std::shared_ptr<const Dialling>> make(const policy::Config& config, const policy::TlsSettings& tls,
                                             const ClientContexts::Own& own, identity::LocalEntity local,
                                             const policy::DialLimits& limits, const char* where) {
  auto contexts = ClientContexts::make(config, tls, own);
  if (!contexts) return identity::fail(contexts.error().code, std::string(where) + ": " + contexts.error().detail);
  return std::make_shared<const Dialling>(Dialling{*std::move(contexts), std::move(local), limits});
}

}  // namespace

Result<std::shared_ptr<const Dialling>> dialling_to_registrees(const policy::Snapshot& snapshot) {
  const policy::Config& config = snapshot.config();
  if (!config.egress) return nullptr;
  const ClientContexts::Own own{policy::find_named(config.certificates, config.egress->certificate_name),
                                policy::find_named(config.raw_keys, config.egress->raw_key_name)};
  return make(config, config.egress->tls, own, snapshot.local(), config.egress->limits, "[egress]");
}

Result<std::shared_ptr<const Dialling>> dialling_to_registrar(const policy::Snapshot& snapshot) {
  using Registrar = policy::RegistrarSettings;
  const policy::Config& config = snapshot.config();
  if (!config.registrar) return nullptr;
  ClientContexts::Own own;
  if (const auto* shown = std::get_if<Registrar::Certificate>(&config.registrar->credential))
    own.certificate = policy::find_named(config.certificates, shown->name);
  if (const auto* shown = std::get_if<Registrar::RawKey>(&config.registrar->credential))
    own.raw_key = policy::find_named(config.raw_keys, shown->name);
  return make(config, config.registrar->tls, own, snapshot.local(), config.registrar->limits, "[registrar]");
}

std::vector<policy::OwnEndpoint> own_endpoints(const policy::Config& config) {
  std::vector<policy::OwnEndpoint> own;
  const auto add = [&own](const policy::Endpoint& endpoint) {
    if (endpoint.is_unix() || endpoint.port == 0) return;
    const auto address = endpoint.ip();
    if (!address) return;
    own.push_back({address->is_unspecified() ? std::nullopt : address, endpoint.port});  // everywhere
  };
  for (const policy::ListenerSettings& listener : config.listeners) add(listener.address);
  if (config.egress) add(config.egress->listen);
  if (config.registrar) add(config.registrar->listen);
  if (config.admin.address) add(*config.admin.address);
  add(config.cse.address);
  return own;
}

}  // namespace saproxy::proxy
