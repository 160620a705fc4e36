// Registrations as the commands show them. For people, whatever a registree wrote is printable(): \xNN is a byte that
// is no visible ASCII, and the backslash itself. JSON has the values as they are, in visible ASCII.
#pragma once

#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>

#include "policy/registration.h"
#include "proxy/egress/far_end_state.h"

namespace saproxy::proxy {

// How the associations stand that were begun with registrees: a word for each entity. What is missing is "none".
using Phases = std::map<std::string, std::string, std::less<>>;

// A table with a head, one line for each, for people. `phases` null: without a column for them.
[[nodiscard]] std::string registration_table(std::span<const policy::Registration> registrations,
                                             const Phases* phases = nullptr);
// One JSON object with every field, on one line; times are Unix seconds, 0 is none. `phases` as above.
[[nodiscard]] std::string registration_json(const policy::Registration& registration, const Phases* phases = nullptr);
// Every field on a line of its own, for people.
[[nodiscard]] std::string registration_details(const policy::Registration& registration);
// The same of the association that was begun with a registree.
[[nodiscard]] std::string far_end_details(const FarEndState& state);
// "Cae1 established", one line for each, and back.
[[nodiscard]] std::string far_end_lines(std::span<const FarEndState> states);
[[nodiscard]] Phases parse_far_end_lines(std::string_view lines);

}  // namespace saproxy::proxy
