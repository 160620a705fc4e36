// Registrations and stores for tests of the registry.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "policy/registration.h"
#include "proxy/registry/store.h"

namespace saproxy::support {

inline policy::Registration an_ae(const std::string& stem) {
  policy::Registration registration;
  registration.entity_id = stem;
  registration.credential_id = "12-" + stem + "@sp.example.com";
  registration.app_id = "Nsensor";
  registration.resource_id = "r" + stem;
  registration.points_of_access = {"https://" + stem + ".example.com/", "mqtt://broker.example.com"};
  registration.request_reachable = true;
  registration.expires = 2'000'000'000;
  registration.registered = 1'795'000'000;
  return registration;
}

inline policy::Registration a_cse(const std::string& id) {
  policy::Registration registration;
  registration.kind = identity::EntityKind::Cse;
  registration.entity_id = id;
  registration.credential_id = "32-" + id + ".sp.example.com";
  registration.saef = identity::Saef::Certificate;
  return registration;
}

inline policy::RegistryChange put(policy::Registration registration) {
  return {policy::RegistryChange::Kind::Put, std::move(registration)};
}

inline policy::RegistryChange erase(const std::string& entity_id) {
  policy::RegistryChange change;
  change.kind = policy::RegistryChange::Kind::Erase;
  change.registration.entity_id = entity_id;
  return change;
}

// `letter`: of its token.
inline policy::NotificationTarget a_target(char letter, const std::string& entity_id, const std::string& url) {
  return {"t" + std::string(25, letter), entity_id, url, 1'795'000'000, "12-" + entity_id + "@sp.example.com"};
}

inline policy::RegistryChange put_targets(std::vector<policy::NotificationTarget> targets) {
  return {policy::RegistryChange::Kind::PutTargets, {}, std::move(targets)};
}

inline std::unique_ptr<proxy::RegistryStore> open_store(const std::string& path,
                                                        proxy::StoreAccess access = proxy::StoreAccess::Own) {
  auto store = proxy::open_registry_store(path, access);
  EXPECT_TRUE(store) << store.error().detail;
  return store ? std::move(*store) : nullptr;
}

// Why the store does not open; empty when it does.
inline std::string why_not(const std::string& path, proxy::StoreAccess access) {
  const auto store = proxy::open_registry_store(path, access);
  return store ? "" : store.error().detail;
}

inline std::vector<policy::Registration> content_of(proxy::RegistryStore& store) {
  auto loaded = store.load();
  EXPECT_TRUE(loaded) << loaded.error().detail;
  return loaded ? std::move(*loaded) : std::vector<policy::Registration>{};
}

inline std::vector<policy::NotificationTarget> targets_of(proxy::RegistryStore& store) {
  auto loaded = store.load_targets();
  EXPECT_TRUE(loaded) << loaded.error().detail;
  return loaded ? std::move(*loaded) : std::vector<policy::NotificationTarget>{};
}

inline bool commit(proxy::RegistryStore& store, const std::vector<policy::RegistryChange>& changes) {
  const auto done = store.apply(changes);
  EXPECT_TRUE(done) << done.error().detail;
  return done.has_value();
}

}  // namespace saproxy::support
