// printable(): text from the network as it may stand in a log, an error or a terminal.
#pragma once

#include <string>
#include <string_view>

namespace saproxy::identity {

// Everything but visible ASCII and blanks becomes \xNN, the backslash \x5C; longer texts are cut at `limit` bytes and
// end in "...".
[[nodiscard]] std::string printable(std::string_view text, std::size_t limit = 256);

}  // namespace saproxy::identity
