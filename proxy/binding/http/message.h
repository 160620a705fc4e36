// HTTP heads as values: what a strict parse has left of the wire. Views point into the message's own storage.
// Spec: RFC 9110, RFC 9112; TS-0009 6
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace saproxy::proxy::http {

enum class Method : std::uint8_t { Get, Post, Put, Delete, Other };

struct Field {
  std::string_view name;   // as sent
  std::string_view value;  // without surrounding blanks
};

// Storage is reused from message to message; clear() keeps the capacity.
struct RequestHead {
  Method method = Method::Other;
  std::string_view method_text;
  std::string_view target;    // as sent; origin-form unless ParseLimits::any_target
  int minor_version = 1;      // HTTP/1.x
  std::vector<Field> fields;  // Connection, Transfer-Encoding etc. included
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  bool keep_alive = true;  // the client lets the connection live after this message
  bool expects_continue = false;
  void clear();
  [[nodiscard]] bool has_body() const { return chunked || content_length.value_or(0) > 0; }
  [[nodiscard]] const Field* find(std::string_view name) const;  // case-insensitive; first one
  std::string storage;                                           // bytes the views point into
};

struct ResponseHead {
  std::uint16_t status = 0;
  int minor_version = 1;
  std::vector<Field> fields;
  bool chunked = false;
  std::optional<std::uint64_t> content_length;
  bool keep_alive = true;
  bool no_body = false;  // 1xx, 204, 304, or answer to HEAD
  void clear();
  [[nodiscard]] const Field* find(std::string_view name) const;
  // X-M2M-RSC; 0: there is none, or none of four digits, and the HTTP status has to say it. Spec: TS-0009 6.3.2;
  // TS-0004 6.6.3
  [[nodiscard]] std::uint16_t response_code() const;
  // The same with a storage of its own.
  [[nodiscard]] ResponseHead copy() const;
  std::string storage;
};

}  // namespace saproxy::proxy::http
