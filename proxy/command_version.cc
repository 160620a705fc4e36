#include <ostream>

#include "proxy/build_info.h"
#include "proxy/commands.h"

namespace saproxy::proxy {

int show_version(std::ostream& out) {
  const auto or_none = [](std::string_view names) { return names.empty() ? std::string_view("none") : names; };
  out << "saproxy " << kVersion << " (commit " << kCommit << ")\n"
      << "wolfSSL " << kWolfsslVersion << " (" << kWolfsslSource << ")\n"
      << "  security patches of the distribution in it: " << or_none(kWolfsslPatches) << '\n'
      << "  known security fixes that it lacks: " << or_none(kWolfsslMissingFixes) << '\n'
      << "llhttp " << kLlhttpVersion << '\n'
      << "yyjson " << kYyjsonVersion << '\n'
      << "licence GPL-3.0-or-later\n";
  return kExitOk;
}

}  // namespace saproxy::proxy
