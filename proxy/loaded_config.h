// The configuration for a command that only looks at it.
#pragma once

#include <iosfwd>
#include <optional>
#include <string>

#include "policy/config.h"

namespace saproxy::proxy {

// Empty when there are errors. Errors and warnings go to `err`, one a line.
[[nodiscard]] std::optional<policy::Config> load_for_command(const std::string& path, std::ostream& err);

}  // namespace saproxy::proxy
