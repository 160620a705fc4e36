// RegistryStore: where registrations survive a restart. Narrow on purpose: all of it is read at start, and changes go
// in as groups that are durable when apply() returns. An embedded SQLite file is the one that is here; a store that
// several sidecars share can stand behind the same calls. Used by one thread at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "identity/result.h"
#include "policy/registration.h"

namespace saproxy::proxy {

class RegistryStore {
 public:
  virtual ~RegistryStore() = default;
  [[nodiscard]] virtual identity::Result<std::vector<policy::Registration>> load() = 0;
  // Each belongs to one of those registrations.
  [[nodiscard]] virtual identity::Result<std::vector<policy::NotificationTarget>> load_targets() = 0;
  // All of `changes` or none of them, on disk when it returns. An error (disk full, I/O) leaves the store as it was and
  // usable for the next attempt.
  [[nodiscard]] virtual identity::Result<bool> apply(std::span<const policy::RegistryChange> changes) = 0;
};

enum class StoreAccess { Own, Read };

// Own: opens or creates the file (mode 0600) and takes a lock that one process holds at a time; Conflict when another
// has it. Read: for looking on from beside, while another process owns it or not; NotFound when there is no store yet.
// A file that is damaged, of another program or of a later version is an error that says so; it is never thrown away
// or repaired by itself. Every error begins with the path.
[[nodiscard]] identity::Result<std::unique_ptr<RegistryStore>> open_registry_store(const std::string& path,
                                                                                   StoreAccess access);

}  // namespace saproxy::proxy
