#include "policy/config_pem.h"

#include "identity/base64.h"
#include "identity/pem.h"
#include "identity/secret.h"

namespace saproxy::policy {

using identity::Result;

namespace {

constexpr std::size_t kLineLength = 64;

void wipe_text(std::string& text) {
  identity::wipe(std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size()));
}

std::string to_pem(std::string_view label, const identity::Bytes& der) {
  std::string base64 = identity::base64_encode(der);
  std::string pem;
  pem.reserve(base64.size() + base64.size() / kLineLength + 2 * label.size() +
              40);  // once: a secret must not stay behind in an old buffer
  pem.append("-----BEGIN ").append(label).append("-----\n");
  for (std::size_t at = 0; at < base64.size(); at += kLineLength) pem.append(base64, at, kLineLength).append("\n");
  pem.append("-----END ").append(label).append("-----\n");
  wipe_text(base64);
  return pem;
}

}  // namespace

Result<std::vector<PemBlock>> read_pem_blocks(std::string_view text, std::span<const std::string_view> labels) {
  std::vector<PemBlock> blocks;
  for (const std::string_view label : labels) {
    auto contents = identity::decode_pem(text, label);
    if (!contents && contents.error().code != identity::ErrorCode::NotFound)
      return tl::make_unexpected(std::move(contents).error());
    if (!contents) continue;
    for (identity::Bytes& der : *contents) blocks.push_back({label, to_pem(label, der), std::move(der)});
  }
  return blocks;
}

void wipe(PemBlock& block) {
  wipe_text(block.pem);
  identity::wipe(block.der);
}

}  // namespace saproxy::policy
