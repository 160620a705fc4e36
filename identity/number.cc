#include "identity/number.h"

#include <charconv>

namespace saproxy::identity {

std::optional<std::uint32_t> parse_number(std::string_view text, std::size_t most_digits, std::uint32_t most,
                                          int base) {
  if (text.empty() || text.size() > most_digits) return std::nullopt;
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return std::nullopt;
  return value;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
  const auto port = parse_number(text, 5, 65'535);
  if (!port || text.front() == '0') return std::nullopt;
  return static_cast<std::uint16_t>(*port);
}

}  // namespace saproxy::identity
