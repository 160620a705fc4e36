// Files that hold one entry a line, for as many as TOML is too slow for: psk_files, app_rule_files. A '#' begins a line
// that is a comment; empty lines are skipped.
#pragma once

#include <string_view>

#include "policy/config_load.h"

namespace saproxy::policy {

struct LineFiles {
  std::string_view key;  // "psk_files"
  Secrecy secrecy;
  std::size_t most;  // bytes of a file
  void (*make_room)(std::size_t lines, LoadState& state);
  void (*read_line)(std::string_view line, const Place& place, LoadState& state);  // without blanks around it
};

// One entry of such a key: a file, a folder or a pattern. Names that begin with a dot are skipped.
void read_line_files(const PlacedText& entry, const LineFiles& kind, LoadState& state);

// Without blanks and ends of lines around it.
[[nodiscard]] std::string_view trimmed(std::string_view text);

}  // namespace saproxy::policy
