// What `saproxy explain` asks a saproxy that runs, as the query of GET /explain.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "policy/explain.h"

namespace saproxy::proxy {

struct ExplainQuestion {
  policy::ExplainRequest request;
  std::string listener;  // empty: the first
  bool operator==(const ExplainQuestion&) const = default;
};

// "credential=12-ae1%40sp.com&op=retrieve&to=%2Fcse1": percent-encoded, without the '?'.
[[nodiscard]] std::string explain_query(const ExplainQuestion& question);
// Nothing: a parameter is unknown, comes twice, has no value of its kind or is missing.
[[nodiscard]] std::optional<ExplainQuestion> parse_explain_query(std::string_view query);

}  // namespace saproxy::proxy
