// TargetTable: the notification targets of the registry, by token and by registree. A plain value.
// Spec: TS-0004 7.4.8 (nu, su)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "identity/resolver.h"
#include "policy/registration.h"

namespace saproxy::policy {

class TargetTable {
 public:
  // Replaces the one with this token, and the one that stood for this URL.
  void put(NotificationTarget target);
  void erase_of(std::string_view entity_id);

  [[nodiscard]] const NotificationTarget* find(std::string_view token) const;
  // The one that stands for this URL of this registree, compared byte for byte.
  [[nodiscard]] const NotificationTarget* find(std::string_view entity_id, std::string_view url) const;
  // What counts for one subscriber.
  [[nodiscard]] std::size_t count_of(std::string_view subscriber) const;
  [[nodiscard]] std::size_t size() const { return by_token_.size(); }

 private:
  template <class Value>
  using ByText = std::unordered_map<std::string, Value, identity::StringHash, std::equal_to<>>;

  void erase(std::string_view token);
  void discount(const std::string& subscriber);

  ByText<NotificationTarget> by_token_;
  ByText<ByText<std::string>> by_entity_;  // URL to token
  ByText<std::size_t> counts_;             // by subscriber
};

}  // namespace saproxy::policy
