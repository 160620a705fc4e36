#include "policy/cbor_head.h"

namespace saproxy::policy {
namespace {

constexpr unsigned kIndefinite = 31;

}  // namespace

std::optional<CborFirst> read_cbor_first(std::uint8_t byte) {
  const unsigned low = byte & 31U;
  CborFirst first{{static_cast<CborMajor>(byte >> 5), low == kIndefinite, low < 24 ? low : 0}, 0};
  if (low < 24 || first.head.indefinite) return first;
  if (low > 27) return std::nullopt;
  first.size = std::size_t{1} << (low - 24);
  return first;
}

CborStep read_cbor_head(std::string_view bytes, std::size_t& at, CborHead& into) {
  if (at >= bytes.size()) return CborStep::More;
  const auto first = read_cbor_first(static_cast<std::uint8_t>(bytes[at]));
  if (!first) return CborStep::Wrong;
  if (bytes.size() - at < 1 + first->size) return CborStep::More;
  into = first->head;
  for (std::size_t i = 1; i <= first->size; ++i)
    into.argument = into.argument << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  at += 1 + first->size;
  return CborStep::Done;
}

}  // namespace saproxy::policy
