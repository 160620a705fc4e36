#include "policy/target_table.h"

#include <utility>

namespace saproxy::policy {

void TargetTable::put(NotificationTarget target) {
  erase(target.token);
  if (const NotificationTarget* same = find(target.entity_id, target.url)) erase(std::string(same->token));
  by_entity_[target.entity_id][target.url] = target.token;
  ++counts_[target.subscriber];
  std::string token = target.token;
  by_token_.emplace(std::move(token), std::move(target));
}

void TargetTable::erase(std::string_view token) {
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return;
  const auto of_entity = by_entity_.find(found->second.entity_id);
  const auto by_url = of_entity->second.find(found->second.url);
  if (by_url != of_entity->second.end() && by_url->second == token) of_entity->second.erase(by_url);
  if (of_entity->second.empty()) by_entity_.erase(of_entity);
  discount(found->second.subscriber);
  by_token_.erase(found);
}

void TargetTable::discount(const std::string& subscriber) {
  const auto found = counts_.find(subscriber);
  if (--found->second == 0) counts_.erase(found);
}

void TargetTable::erase_of(std::string_view entity_id) {
  const auto found = by_entity_.find(entity_id);
  if (found == by_entity_.end()) return;
  for (const auto& [url, token] : found->second) {
    const auto target = by_token_.find(token);
    discount(target->second.subscriber);
    by_token_.erase(target);
  }
  by_entity_.erase(found);
}

const NotificationTarget* TargetTable::find(std::string_view token) const {
  const auto found = by_token_.find(token);
  return found == by_token_.end() ? nullptr : &found->second;
}

const NotificationTarget* TargetTable::find(std::string_view entity_id, std::string_view url) const {
  const auto found = by_entity_.find(entity_id);
  if (found == by_entity_.end()) return nullptr;
  const auto by_url = found->second.find(url);
  return by_url == found->second.end() ? nullptr : find(by_url->second);
}

std::size_t TargetTable::count_of(std::string_view subscriber) const {
  const auto found = counts_.find(subscriber);
  return found == counts_.end() ? 0 : found->second;
}

}  // namespace saproxy::policy
