#include "proxy/session/signature_memo.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <span>

#include <wolfssl/options.h>

#include <wolfssl/wolfcrypt/ecc.h>

namespace saproxy::proxy {

using identity::Digest;

SignatureMemo& SignatureMemo::of_this_thread() {
  static thread_local SignatureMemo memo;
  return memo;
}

SignatureMemo::Set& SignatureMemo::set_of(const Digest& name) {
  return sets_[(std::size_t{name[0]} << 8 | name[1]) % kSets];
}

bool SignatureMemo::contains(const Digest& name) {
  if (sets_.empty()) return false;
  Set& set = set_of(name);
  const auto found = std::find(set.begin(), set.end(), name);
  if (found == set.end()) return false;
  std::rotate(set.begin(), found, found + 1);
  return true;
}

void SignatureMemo::add(const Digest& name) {
  if (sets_.empty()) sets_.resize(kSets);
  Set& set = set_of(name);
  // Behind the first, which only a hit replaces.
  std::rotate(set.begin() + 1, set.end() - 1, set.end());
  set[1] = name;
}

namespace {

// Nothing when the key or the signature is none that we would remember.
std::optional<Digest> name_of(std::span<const std::uint8_t> signature, std::span<const std::uint8_t> hash,
                              ecc_key* key) {
  constexpr std::size_t kMaxSignature = 160;
  constexpr std::size_t kMaxHash = 64;
  constexpr std::size_t kMaxPoint = 140;
  std::array<std::uint8_t, 8 + kMaxPoint + kMaxHash + kMaxSignature> text;
  if (key->dp == nullptr || signature.size() > kMaxSignature || hash.size() > kMaxHash) return std::nullopt;
  word32 point = kMaxPoint;
  if (wc_ecc_export_x963(key, text.data() + 8, &point) != 0) return std::nullopt;
  const auto curve = static_cast<std::uint32_t>(key->dp->id);
  const std::array<std::uint8_t, 8> lengths = {static_cast<std::uint8_t>(curve >> 24),
                                               static_cast<std::uint8_t>(curve >> 16),
                                               static_cast<std::uint8_t>(curve >> 8),
                                               static_cast<std::uint8_t>(curve),
                                               static_cast<std::uint8_t>(point),
                                               static_cast<std::uint8_t>(hash.size()),
                                               static_cast<std::uint8_t>(signature.size()),
                                               0};
  std::copy(lengths.begin(), lengths.end(), text.begin());
  auto end = std::copy(hash.begin(), hash.end(), text.begin() + 8 + point);
  end = std::copy(signature.begin(), signature.end(), end);
  return identity::sha256({text.begin(), end});
}

}  // namespace
}  // namespace saproxy::proxy

// The names are the linker's.
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
int __real_wc_ecc_verify_hash(const byte* signature, word32 signature_size, const byte* hash, word32 hash_size,
                              int* verified, ecc_key* key);

int __wrap_wc_ecc_verify_hash(const byte* signature, word32 signature_size, const byte* hash, word32 hash_size,
                              int* verified, ecc_key* key) {
  using saproxy::proxy::SignatureMemo;
  if (signature == nullptr || hash == nullptr || verified == nullptr || key == nullptr)
    return __real_wc_ecc_verify_hash(signature, signature_size, hash, hash_size, verified, key);
  SignatureMemo& memo = SignatureMemo::of_this_thread();
  const auto name = saproxy::proxy::name_of({signature, signature_size}, {hash, hash_size}, key);
  if (name && memo.contains(*name)) {
    *verified = 1;
    return 0;
  }
  const int result = __real_wc_ecc_verify_hash(signature, signature_size, hash, hash_size, verified, key);
  if (name && result == 0 && *verified == 1) memo.add(*name);
  return result;
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
