#include "proxy/client/ocsp_cache.h"

#include <algorithm>
#include <array>

namespace saproxy::proxy {

OcspKey ocsp_key(identity::ByteView certificate, identity::ByteView issuer) {
  // Each alone, so that bytes of one cannot pass for bytes of the other.
  const std::array<identity::Digest, 2> both = {identity::sha256(certificate), identity::sha256(issuer)};
  std::array<std::uint8_t, 2 * sizeof(identity::Digest)> pair;
  std::copy(both[1].begin(), both[1].end(), std::copy(both[0].begin(), both[0].end(), pair.begin()));
  return identity::sha256(pair);
}

std::optional<KnownVerdict> OcspCache::find(const OcspKey& key, OcspTime now) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key);
  if (found == known_.end() || found->second.until <= now) return std::nullopt;
  return found->second;
}

void OcspCache::put(const OcspKey& key, KnownVerdict verdict, std::size_t most) {
  const std::lock_guard lock(mutex_);
  if (const auto old = known_.find(key); old != known_.end()) {
    ends_.erase({old->second.until, key});
    known_.erase(old);
  }
  while (!ends_.empty() && known_.size() >= most) {
    known_.erase(ends_.begin()->second);
    ends_.erase(ends_.begin());
  }
  ends_.insert({verdict.until, key});
  known_.emplace(key, std::move(verdict));
}

void OcspCache::clear() {
  const std::lock_guard lock(mutex_);
  known_.clear();
  ends_.clear();
}

std::size_t OcspCache::size() const {
  const std::lock_guard lock(mutex_);
  return known_.size();
}

std::optional<OcspTime> OcspCache::oldest_answer(OcspTime now) const {
  const std::lock_guard lock(mutex_);
  std::optional<OcspTime> oldest;
  for (const auto& [key, known] : known_) {
    if (known.until > now && policy::is_answer(known.verdict))
      oldest = std::min(oldest.value_or(known.since), known.since);
  }
  return oldest;
}

}  // namespace saproxy::proxy
