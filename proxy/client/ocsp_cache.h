// OcspCache: what is known of certificates, for all threads: workers look into it at handshakes, the OCSP client alone
// changes it. Bounded; when it is full, what would end first makes room.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "identity/bytes.h"
#include "identity/digest.h"
#include "policy/ocsp.h"

namespace saproxy::proxy {

// Milliseconds of libuv's clock, which is the same on every thread.
using OcspTime = std::uint64_t;

// Stands for a certificate and who issued it.
using OcspKey = identity::Digest;
[[nodiscard]] OcspKey ocsp_key(identity::ByteView certificate, identity::ByteView issuer);

struct KnownVerdict {
  policy::OcspVerdict verdict = policy::OcspVerdict::Busy;
  OcspTime since = 0;   // when it was given
  OcspTime ask_at = 0;  // from then on it is worth asking again; at most `until`
  OcspTime until = 0;   // from then on it counts no more
  std::string detail;   // of the verdict, for the log
};

class OcspCache {
 public:
  // One that counts at `now`.
  [[nodiscard]] std::optional<KnownVerdict> find(const OcspKey& key, OcspTime now) const;
  void put(const OcspKey& key, KnownVerdict verdict, std::size_t most);
  void clear();
  [[nodiscard]] std::size_t size() const;
  // When the oldest answer that counts was given; nothing without one.
  [[nodiscard]] std::optional<OcspTime> oldest_answer(OcspTime now) const;

 private:
  mutable std::mutex mutex_;
  std::map<OcspKey, KnownVerdict> known_;
  std::set<std::pair<OcspTime, OcspKey>> ends_;  // of the same
};

}  // namespace saproxy::proxy
