// The addresses of this machine, for rules about where a name from outside may lead.
#pragma once

#include <vector>

#include "identity/result.h"
#include "policy/egress_rules.h"

namespace saproxy::proxy {

// Of its interfaces, as they are now. Failed: the system does not tell, so nothing may be taken for another machine.
[[nodiscard]] identity::Result<std::vector<policy::OwnAddress>> own_addresses();

}  // namespace saproxy::proxy
