// Hexadecimal text, strict: an even number of digits of either case and nothing else.
#pragma once

#include <string>
#include <string_view>

#include "identity/bytes.h"
#include "identity/result.h"

namespace saproxy::identity {

[[nodiscard]] Result<Bytes> hex_decode(std::string_view text);
[[nodiscard]] std::string hex_encode(ByteView bytes);  // lower case

}  // namespace saproxy::identity
