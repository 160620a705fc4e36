// Tokens of local addresses that nobody can guess.
#pragma once

#include <string>

#include "identity/result.h"
#include "policy/local_address.h"

namespace saproxy::proxy {

// Failed: there are no random numbers.
[[nodiscard]] identity::Result<std::string> fresh_token(policy::LocalRoute route);

}  // namespace saproxy::proxy
