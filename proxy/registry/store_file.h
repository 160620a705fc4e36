// The file of the store on its way to SQLite: what may stand at its path, who may own it, and the lock of the process
// that has it.
#pragma once

#include <string>

#include "identity/result.h"
#include "proxy/registry/store.h"

namespace saproxy::proxy {

// Held by one process at a time, until destroyed or until the process ends in whatever way.
class StoreLock {
 public:
  // `path`.lock, made if it is not there and never removed: whoever removed it could lock a file that others no longer
  // see. Fails with Conflict when another process has it.
  [[nodiscard]] static identity::Result<StoreLock> take(const std::string& path);
  StoreLock(StoreLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  StoreLock(const StoreLock&) = delete;
  StoreLock& operator=(const StoreLock&) = delete;
  StoreLock& operator=(StoreLock&&) = delete;
  ~StoreLock();

 private:
  explicit StoreLock(int fd) : fd_(fd) {}
  int fd_;
};

// The same path with a folder free of symbolic links. Fails when the folder is not there.
[[nodiscard]] identity::Result<std::string> resolve_store_path(const std::string& path);
// `path` is a regular file that this process may use, or not there and made empty (Own) or reported (Read, NotFound).
// Spec: design invariant 8 (a file that others could have written names nobody's identities)
[[nodiscard]] identity::Result<bool> prepare_store_file(const std::string& path, StoreAccess access);
// Mode 0600 for the file and what SQLite keeps beside it.
[[nodiscard]] identity::Result<bool> keep_store_private(const std::string& path);

}  // namespace saproxy::proxy
