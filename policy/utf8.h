// Texts out of content that a peer wrote: is it UTF-8, and may it go on as the value of an attribute?
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace saproxy::policy {

// Spec: RFC 3629. Overlong forms, surrogates and what lies beyond U+10FFFF are not UTF-8.
[[nodiscard]] bool is_utf8(std::string_view text);

// U+0000 to U+001F, U+007F and U+0080 to U+009F. `text` is UTF-8.
[[nodiscard]] bool has_control_character(std::string_view text);

// `code_point` is at most U+10FFFF. A surrogate alone becomes U+FFFD.
void append_utf8(std::string& text, std::uint32_t code_point);

}  // namespace saproxy::policy
