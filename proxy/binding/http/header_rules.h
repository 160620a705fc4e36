// Which header fields go on to the other side, and which end here.
// Spec: RFC 9110 7.6.1; design invariant 2
#pragma once

#include <string_view>
#include <vector>

#include "policy/config.h"
#include "proxy/binding/http/message.h"

namespace saproxy::proxy::http {

// One hop only: Connection, Keep-Alive, Proxy-*, TE, Trailer, Transfer-Encoding, Upgrade, HTTP2-Settings.
[[nodiscard]] bool is_hop_by_hop(std::string_view name);

// Fields that make some servers act on another method or target than the request line says, or on another From than the
// one we judged.
[[nodiscard]] bool is_override(std::string_view name);

// Decides for the fields of one head. Keeps references to both arguments.
class HeaderFilter {
 public:
  HeaderFilter(const policy::HeaderSettings& settings, const std::vector<Field>& fields);
  // True when the field may be copied: not empty, not hop-by-hop, not nominated by Connection, not reserved, not
  // Content-Length.
  [[nodiscard]] bool passes(const Field& field) const;

 private:
  const policy::HeaderSettings& settings_;
  const std::vector<Field>& fields_;
  bool has_nominations_;
};

}  // namespace saproxy::proxy::http
