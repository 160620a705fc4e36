// Certificates, and what OCSP responders say of them: made once for the process by tests/support/pki/make-ocsp.
#pragma once

#include <string>

#include "identity/bytes.h"

namespace saproxy::tests {

// "leaf.der", "ca.der", "good.der", ...
[[nodiscard]] const identity::Bytes& ocsp_file(const std::string& name);

}  // namespace saproxy::tests
