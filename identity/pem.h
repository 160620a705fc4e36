// PEM: certificates and public keys as people keep them in files. The file itself is read elsewhere.
// Spec: RFC 7468 2, 3 (lax in blanks and line lengths, strict in everything else)
#pragma once

#include <string_view>
#include <vector>

#include "identity/bytes.h"
#include "identity/result.h"

namespace saproxy::identity {

// The content of every block "-----BEGIN <label>-----", in order; blocks with another label and text between blocks are
// skipped. NotFound when there is none. At most 1024 blocks and 16 MiB of text.
[[nodiscard]] Result<std::vector<Bytes>> decode_pem(std::string_view text, std::string_view label);

// The same; content that begins as a DER sequence does is taken as one DER value.
[[nodiscard]] Result<std::vector<Bytes>> decode_pem_or_der(ByteView content, std::string_view label);

}  // namespace saproxy::identity
