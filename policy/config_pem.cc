#include "policy/config_pem.h"

#include "identity/base64.h"
#include "identity/secret.h"

namespace saproxy::policy {

using identity::ErrorCode;
using identity::fail;
using identity::Result;

namespace {

constexpr std::string_view kBegin = "-----BEGIN ";
constexpr std::string_view kDashes = "-----";
constexpr std::size_t kLineLength = 64;

void wipe_text(std::string& text) { identity::wipe(std::span(reinterpret_cast<std::uint8_t*>(text.data()), text.size())); }

std::string without_blanks(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    if (c != '\r' && c != '\n' && c != ' ' && c != '\t') result += c;
  }
  return result;
}

std::string to_pem(std::string_view label, std::string_view base64) {
  std::string pem;
  pem.reserve(base64.size() + base64.size() / kLineLength + 2 * label.size() + 40);
  pem.append(kBegin).append(label).append(kDashes).append("\n");
  for (std::size_t at = 0; at < base64.size(); at += kLineLength) pem.append(base64.substr(at, kLineLength)).append("\n");
  pem.append("-----END ").append(label).append(kDashes).append("\n");
  return pem;
}

// `text` begins after the label's line; returns how much of it the block takes.
Result<std::size_t> read_block(std::string_view text, PemBlock& block) {
  const std::string end = "-----END " + block.label + "-----";
  const std::size_t close = text.find(end);
  if (close == text.npos) return fail(ErrorCode::BadSyntax, "a PEM block " + block.label + " has no end");
  std::string base64 = without_blanks(text.substr(0, close));
  auto der = identity::base64_decode(base64);
  if (der) {
    block.der = std::move(*der);
    block.pem = to_pem(block.label, base64);
  }
  wipe_text(base64);
  if (block.der.empty()) return fail(ErrorCode::BadSyntax, "a PEM block " + block.label + " is not base64 (or is encrypted)");
  return close + end.size();
}

}  // namespace

Result<std::vector<PemBlock>> read_pem_blocks(std::string_view text) {
  std::vector<PemBlock> blocks;
  for (std::size_t at = text.find(kBegin); at != text.npos; at = text.find(kBegin, at)) {
    const std::size_t label = at + kBegin.size();
    const std::size_t close = text.find(kDashes, label);
    if (close == text.npos || close - label > 40) return fail(ErrorCode::BadSyntax, "a line -----BEGIN is not complete");
    PemBlock block;
    block.label = text.substr(label, close - label);
    const std::size_t body = close + kDashes.size();
    SAPROXY_TRY(const std::size_t taken, read_block(text.substr(body), block));
    blocks.push_back(std::move(block));
    at = body + taken;
  }
  return blocks;
}

void wipe(PemBlock& block) {
  wipe_text(block.pem);
  identity::wipe(block.der);
}

}  // namespace saproxy::policy
