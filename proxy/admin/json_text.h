// Strings of JSON, as far as lines of output need them.
// Spec: RFC 8259 7
#pragma once

#include <string>
#include <string_view>

namespace saproxy::proxy {

// Appends "..." to `text`. `shown` comes from printable(): ASCII without control characters.
void append_json_text(std::string& text, std::string_view shown);

}  // namespace saproxy::proxy
