// The command line: which command, with what. Parsed by CLI11, which no other file sees.
#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "proxy/app.h"

namespace saproxy::proxy {

// `arguments` without the name of the program. `run_proxy` is called for the command `run`. Returns the exit code;
// never throws.
[[nodiscard]] int run_command_line(const std::vector<std::string>& arguments,
                                   const std::function<int(const RunOptions&)>& run_proxy, std::ostream& out,
                                   std::ostream& err);

}  // namespace saproxy::proxy
