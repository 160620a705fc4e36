// Which header fields go on to the other side, and which end here.
// Spec: RFC 9110 7.6.1; design invariant 2
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <vector>

#include "policy/config.h"
#include "proxy/binding/http/message.h"
#include "proxy/binding/http/syntax.h"

namespace saproxy::proxy::http {

// One hop only: Connection, Keep-Alive, Proxy-*, TE, Trailer, Transfer-Encoding, Upgrade, HTTP2-Settings.
[[nodiscard]] bool is_hop_by_hop(std::string_view name);

// Fields that make some servers act on another method or target than the request line says, or on another From than the
// one we judged.
[[nodiscard]] bool is_override(std::string_view name);

// A name as the most generous server would read it: letters and digits only, in lower case. Longer names than any of
// ours are cut.
class FoldedName {
 public:
  explicit FoldedName(std::string_view name) {
    for (const char c : name) {
      if (!is_alphanumeric(c)) continue;
      if (size_ == text_.size()) return;
      text_[size_++] = to_lower(c);
    }
  }
  [[nodiscard]] std::string_view view() const { return {text_.data(), size_}; }

 private:
  std::array<char, 64> text_;
  std::size_t size_ = 0;
};

// Decides for the fields of one head. Keeps a reference to them.
class HeaderFilter {
 public:
  HeaderFilter(const policy::HeaderSettings& settings, const std::vector<Field>& fields);
  // True when the field may be copied: not empty, not hop-by-hop, not nominated by Connection, not reserved, not
  // Content-Length.
  [[nodiscard]] bool passes(const Field& field) const;

 private:
  FoldedName prefix_;
  const std::vector<Field>& fields_;
  bool has_nominations_;
};

}  // namespace saproxy::proxy::http
