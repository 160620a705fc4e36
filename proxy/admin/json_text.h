// Strings of JSON, as far as lines of output need them.
// Spec: RFC 8259 7
#pragma once

#include <string>
#include <string_view>

namespace saproxy::proxy {

// Appends "..." to `text`. `shown` comes from printable(): ASCII without control characters.
void append_json_text(std::string& text, std::string_view shown);

// Likewise, of any bytes, for programs: who parses it has just `value` again, and a terminal sees visible ASCII only.
// What is no UTF-8 cannot be a string of JSON and goes through printable().
void append_json_value(std::string& text, std::string_view value);

}  // namespace saproxy::proxy
