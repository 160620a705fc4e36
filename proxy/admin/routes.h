// What each path of the admin listener answers: no socket, no loop.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "proxy/binding/http/message.h"

namespace saproxy::proxy {

struct AdminCallbacks;

struct AdminAnswer {
  std::uint16_t status = 200;
  std::string_view content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string_view allow;  // for 405
  bool head_only = false;  // answer to HEAD
  bool close = false;      // last answer on the connection
  bool shutdown = false;   // call AdminCallbacks::shutdown once the answer is out
  // The answer comes later: AdminCallbacks::ask_egress is to be called with this, an entity or nothing for all.
  std::optional<std::string> asks_egress = std::nullopt;
};

[[nodiscard]] AdminAnswer route(const http::RequestHead& head, const AdminCallbacks& callbacks);
// For a message that is no HTTP.
[[nodiscard]] AdminAnswer refuse_malformed(std::uint16_t status);
// For one that asks_egress: lines with their ends, or why there are none.
[[nodiscard]] AdminAnswer answer_later(std::uint16_t status, std::string lines);
// The whole answer as it goes out in one write.
[[nodiscard]] std::string serialise(const AdminAnswer& answer);

}  // namespace saproxy::proxy
