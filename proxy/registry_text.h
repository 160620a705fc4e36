// Registrations as the commands show them. For people, whatever a registree wrote is printable(): \xNN is a byte that
// is no visible ASCII, and the backslash itself. JSON has the values as they are, in visible ASCII.
#pragma once

#include <span>
#include <string>

#include "policy/registration.h"

namespace saproxy::proxy {

// A table with a head, one line for each, for people.
[[nodiscard]] std::string registration_table(std::span<const policy::Registration> registrations);
// One JSON object with every field, on one line; times are Unix seconds, 0 is none.
[[nodiscard]] std::string registration_json(const policy::Registration& registration);
// Every field on a line of its own, for people.
[[nodiscard]] std::string registration_details(const policy::Registration& registration);

}  // namespace saproxy::proxy
