// Strings of JSON. Spec: RFC 8259 7
#pragma once

#include <string>
#include <string_view>

namespace saproxy::policy {

// `text` is UTF-8; without quotes around it.
[[nodiscard]] std::string json_escaped(std::string_view text);
// `content` stands between the quotes. Never fails: an escape that is none stays as it is.
[[nodiscard]] std::string json_unescaped(std::string_view content);

}  // namespace saproxy::policy
