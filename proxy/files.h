// Files as the configuration loader sees them: policy/ names them, this reads them.
#pragma once

#include "policy/config_loader.h"

namespace saproxy::proxy {

// Reads whole regular files of at most the asked size. Readable by others: a mode bit for others, for a group unless
// root owns the file, or an owner other than root and ourselves.
[[nodiscard]] policy::ReadFile disk_reader();

// The files that match a shell pattern ("/etc/saproxy/policy.d/*.toml"), sorted by name; none is not an error.
[[nodiscard]] policy::ListFiles disk_lister();

}  // namespace saproxy::proxy
