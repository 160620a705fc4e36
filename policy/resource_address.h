// Addresses of resources that saproxy takes from a CSE or a configuration and asks for itself: only what every reader
// takes for one and the same resource.
#pragma once

#include <cstddef>
#include <string_view>

namespace saproxy::policy {

inline constexpr std::size_t kMaxResourceAddress = 512;
inline constexpr std::size_t kMaxPlainAddress = 1000;

// "cse-in/node1", "/in-cse/x", "//sp.example.com/in-cse/x", "-": unreserved characters between slashes, no empty
// segment, no "." or "..".
[[nodiscard]] bool is_resource_address(std::string_view text);

// The same for what a CSE has chosen itself: every character that may stand in a request line as it is (commas too:
// tinyIoT assigns them).
[[nodiscard]] bool is_plain_address(std::string_view text);

}  // namespace saproxy::policy
