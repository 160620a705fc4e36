#include "proxy/client/name_cache.h"

#include <algorithm>
#include <utility>

namespace saproxy::proxy {

std::string_view to_text(NameError error) {
  switch (error) {
    case NameError::NotFound: return "no such host name";
    case NameError::Timeout: return "no DNS server answered in time";
    case NameError::Refused: return "the DNS server does not answer this question";
    case NameError::Malformed: return "the DNS server's answer makes no sense";
    case NameError::Overloaded: return "too many host names are being looked up";
  }
  return {};
}

const NameAnswer* NameCache::find(const std::string& name, LoopTime now) {
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return nullptr;
  const auto entry = found->second;
  if (now >= entry->until) {
    erase(entry);
    return nullptr;
  }
  entries_.splice(entries_.begin(), entries_, entry);
  return &entry->answer;
}

void NameCache::put(const std::string& name, NameAnswer answer, std::chrono::seconds ttl, LoopTime now) {
  if (const auto old = by_name_.find(name); old != by_name_.end()) erase(old->second);
  const auto kept = lifetime(answer, ttl);
  if (kept.count() <= 0 || bounds_.max_entries == 0) return;
  if (entries_.size() >= bounds_.max_entries) erase(std::prev(entries_.end()));
  entries_.push_front({name, std::move(answer), now + static_cast<LoopTime>(kept.count())});
  by_name_.emplace(entries_.front().name, entries_.begin());
}

std::chrono::milliseconds NameCache::lifetime(const NameAnswer& answer, std::chrono::seconds ttl) const {
  if (answer)
    return std::min<std::chrono::milliseconds>(std::max<std::chrono::milliseconds>(ttl, bounds_.min_ttl),
                                               bounds_.max_ttl);
  switch (answer.error()) {
    case NameError::NotFound:
    case NameError::Refused:
    case NameError::Malformed: return bounds_.negative_ttl;
    case NameError::Timeout:
    case NameError::Overloaded: break;
  }
  return {};
}

void NameCache::erase(Entries::iterator entry) {
  by_name_.erase(entry->name);
  entries_.erase(entry);
}

}  // namespace saproxy::proxy
