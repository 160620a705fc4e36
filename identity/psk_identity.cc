#include "identity/psk_identity.h"

#include <algorithm>

#include "identity/bytes.h"
#include "identity/domain_name.h"

namespace saproxy::identity {
namespace {

// RFC 4279 5.3 asks for 128 bytes at least; a longer name occurs in no oneM2M text.
constexpr std::size_t kMaxPskIdentity = 128;

bool is_relative_part(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return is_letter_or_digit(c) || c == '.' || c == '_' || c == '-'; });
}

}  // namespace

Result<PskIdentity> PskIdentity::parse(std::span<const std::uint8_t> wire) { return parse(as_text(wire)); }

// Spec: TS-0003 10.5. The text is kept as it came and compared byte by byte: KpsaIDs are case-sensitive.
Result<PskIdentity> PskIdentity::parse(std::string_view text) {
  if (text.empty()) return fail(ErrorCode::WrongLength, "PSK identity is empty");
  if (text.size() > kMaxPskIdentity) return fail(ErrorCode::OutOfRange, "PSK identity is longer than 128 bytes");
  const auto at = text.find('@');
  if (at == text.npos) return fail(ErrorCode::BadSyntax, "PSK identity has no '@', as in ae1@sp.example.com");
  if (!is_relative_part(text.substr(0, at)))
    return fail(ErrorCode::BadSyntax, "PSK identity has something else than letters, digits, '.', '_', '-' before '@'");
  if (!is_domain_name(text.substr(at + 1)))
    return fail(ErrorCode::BadSyntax, "PSK identity has no fully qualified domain name after '@'");
  return PskIdentity(std::string(text), at);
}

}  // namespace saproxy::identity
