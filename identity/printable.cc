#include "identity/printable.h"

#include <cstdint>

namespace saproxy::identity {

std::string printable(std::string_view text, std::size_t limit) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  const bool cut = text.size() > limit;
  std::string shown;
  for (const char c : text.substr(0, limit)) {
    if (c >= ' ' && c <= '~' && c != '\\') {
      shown += c;
      continue;
    }
    const auto byte = static_cast<std::uint8_t>(c);
    shown += "\\x";
    shown += kDigits[byte >> 4];
    shown += kDigits[byte & 0x0F];
  }
  if (cut) shown += "...";
  return shown;
}

}  // namespace saproxy::identity
