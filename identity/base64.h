// base64 and base64url, strict: no blanks, no foreign characters, padding exactly where it belongs, unused bits zero.
// One text stands for one value, so a decoded key or name has one spelling only.
// Spec: RFC 4648 4, 5, 3.5
#pragma once

#include <string>
#include <string_view>

#include "identity/bytes.h"
#include "identity/result.h"

namespace saproxy::identity {

[[nodiscard]] Result<Bytes> base64_decode(std::string_view text);     // with '=' padding
[[nodiscard]] Result<Bytes> base64url_decode(std::string_view text);  // without padding
[[nodiscard]] std::string base64_encode(ByteView bytes);
[[nodiscard]] std::string base64url_encode(ByteView bytes);

}  // namespace saproxy::identity
