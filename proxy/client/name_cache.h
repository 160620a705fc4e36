// NameCache: what host names stood for, for as long as their answers hold. Pure: it is told the time.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "identity/result.h"
#include "proxy/loop/deadline_wheel.h"
#include "proxy/loop/socket_address.h"

namespace saproxy::proxy {

enum class NameError : std::uint8_t {
  NotFound,    // no such name, no address for it, or a text that cannot be the name of a host
  Timeout,     // no server answered in time
  Refused,     // a server said that it will not or cannot answer, or there is none
  Malformed,   // the answer is none
  Overloaded,  // more questions at once than we ask
};
[[nodiscard]] std::string_view to_text(NameError error);

// At least one address, in the order in which they should be tried.
using NameAnswer = identity::Result<std::vector<IpAddress>, NameError>;

class NameCache {
 public:
  struct Bounds {
    std::size_t max_entries = 4096;              // the one not used for longest goes; 0: nothing is kept
    std::chrono::milliseconds min_ttl{1000};     // addresses are kept at least this long, whatever their TTL
    std::chrono::milliseconds max_ttl{3600000};  // and at most this long
    std::chrono::milliseconds negative_ttl{5000};
  };

  explicit NameCache(const Bounds& bounds) : bounds_(bounds) {}
  ~NameCache() = default;
  NameCache(const NameCache&) = delete;
  NameCache& operator=(const NameCache&) = delete;

  // Null when nothing is known at `now`. Lives until the next call.
  [[nodiscard]] const NameAnswer* find(const std::string& name, LoopTime now);
  // Timeout and Overloaded are not kept: the next question may fare better. Spec: RFC 2308 5, 7.
  void put(const std::string& name, NameAnswer answer, std::chrono::seconds ttl, LoopTime now);
  [[nodiscard]] std::size_t size() const { return by_name_.size(); }

 private:
  struct Entry {
    std::string name;
    NameAnswer answer;
    LoopTime until;
  };
  using Entries = std::list<Entry>;

  [[nodiscard]] std::chrono::milliseconds lifetime(const NameAnswer& answer, std::chrono::seconds ttl) const;
  void erase(Entries::iterator entry);

  Bounds bounds_;
  Entries entries_;                                                  // the one used last is the first
  std::unordered_map<std::string_view, Entries::iterator> by_name_;  // names are those of the entries
};

}  // namespace saproxy::proxy
