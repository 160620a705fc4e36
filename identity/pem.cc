#include "identity/pem.h"

#include "identity/base64.h"
#include "identity/der.h"

namespace saproxy::identity {
namespace {

constexpr std::size_t kMaxText = std::size_t{16} << 20;
constexpr std::size_t kMaxBlocks = 1024;
constexpr std::string_view kBegin = "-----BEGIN ", kEnd = "-----END ", kDashes = "-----";

bool starts_a_line(std::string_view text, std::size_t at) {
  return at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r';
}

std::size_t find_begin(std::string_view text, std::size_t from) {
  auto at = text.find(kBegin, from);
  while (at != text.npos && !starts_a_line(text, at)) at = text.find(kBegin, at + 1);
  return at;
}

Result<Bytes> decode_body(std::string_view body) {
  std::string digits;
  digits.reserve(body.size());
  for (const char c : body)
    if (c != '\r' && c != '\n' && c != ' ' && c != '\t') digits += c;
  if (digits.empty()) return fail(ErrorCode::BadSyntax, "PEM block is empty");
  return base64_decode(digits);
}

}  // namespace

Result<std::vector<Bytes>> decode_pem(std::string_view text, std::string_view label) {
  if (text.size() > kMaxText) return fail(ErrorCode::OutOfRange, "PEM text is larger than 16 MiB");
  std::vector<Bytes> blocks;
  std::size_t count = 0;
  for (auto begin = find_begin(text, 0); begin != text.npos;) {
    if (++count > kMaxBlocks) return fail(ErrorCode::OutOfRange, "PEM text has more than 1024 blocks");
    const auto label_at = begin + kBegin.size();
    const auto label_end = text.find(kDashes, label_at);
    if (label_end == text.npos) return fail(ErrorCode::BadSyntax, "PEM block begins with a broken line");
    const std::string_view found = text.substr(label_at, label_end - label_at);
    const auto body_at = label_end + kDashes.size();
    const std::string closing = std::string(kEnd) + std::string(found) + std::string(kDashes);
    const auto end = text.find(closing, body_at);
    if (found.find('\n') != found.npos || end == text.npos)
      return fail(ErrorCode::BadSyntax, "PEM block has no END line of its label");
    // A block inside another one that is skipped would be lost without a word.
    if (find_begin(text, body_at) < end) return fail(ErrorCode::BadSyntax, "PEM block begins inside another one");
    if (found == label) {
      SAPROXY_TRY(Bytes block, decode_body(text.substr(body_at, end - body_at)));
      blocks.push_back(std::move(block));
    }
    begin = find_begin(text, end + closing.size());
  }
  if (blocks.empty()) return fail(ErrorCode::NotFound, "no PEM block \"" + std::string(label) + "\" found");
  return blocks;
}

Result<std::vector<Bytes>> decode_pem_or_der(ByteView content, std::string_view label) {
  if (!content.empty() && content.front() == der::kSequence) {
    // '0' begins no PEM line, but may begin a comment: only a whole DER value counts.
    if (read_only_element(content, der::kSequence)) return std::vector<Bytes>{Bytes(content.begin(), content.end())};
  }
  return decode_pem(as_text(content), label);
}

}  // namespace saproxy::identity
