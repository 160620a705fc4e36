// The extensions of a certificate that identity and profile depend on. Part of the certificate reader.
// Spec: RFC 5280 4.2
#pragma once

#include "identity/certificate.h"

namespace saproxy::identity {

// `value` is the content of the SEQUENCE of extensions. Fills the extension fields of `certificate`.
[[nodiscard]] Result<void> read_extensions(ByteView value, Certificate& certificate);

}  // namespace saproxy::identity
