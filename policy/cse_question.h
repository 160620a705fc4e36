// What saproxy itself asks a CSE, and what comes back, without any transport.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace saproxy::policy {

// RETRIEVE of `to`. Criteria are rcn and filter criteria, in order.
struct CseQuestion {
  std::string to;
  std::vector<std::pair<std::string_view, std::string>> criteria = {};
  std::string originator = {};  // From; empty: that of the transport
};

struct CseAnswer {
  std::uint16_t code = 0;               // response status code
  bool partial = false;                 // Content Status: more is to come
  std::optional<std::uint64_t> offset;  // Content Offset: from here
  std::string_view content;             // JSON; needed by its reader only
};

}  // namespace saproxy::policy
