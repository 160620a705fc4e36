// An AnswerTranslator and what came out of it, for tests.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "policy/answer_translation.h"

namespace saproxy::policy {

inline const std::string kOrigin = "http://127.0.0.1:7001";

// Tokens with what stands behind them.
class KnownTokens {
 public:
  // The local address that now stands for these.
  std::string add(std::vector<std::string> originals, LocalRoute kind = LocalRoute::Registree) {
    std::array<std::uint8_t, kTokenEntropy> entropy{};
    entropy[0] = static_cast<std::uint8_t>(originals_.size());
    entropy[7] = 0x5c;
    const std::string token = make_token(kind, entropy);
    originals_[token] = std::move(originals);
    return kOrigin + "/" + token;
  }
  [[nodiscard]] AnswerTranslation translation(std::vector<std::string> cse_points = {},
                                              std::vector<std::string> public_points = {}) const {
    return {*LocalAddresses::make(kOrigin),
            [this](std::string_view token) -> std::optional<std::vector<std::string>> {
              const auto found = originals_.find(token);
              if (found == originals_.end()) return std::nullopt;
              return found->second;
            },
            std::move(cse_points), std::move(public_points)};
  }

 private:
  std::map<std::string, std::vector<std::string>, std::less<>> originals_;
};

// `pieces`: where the body is cut, in order.
inline std::string fed(Serialisation serialisation, const AnswerTranslation& translation, std::string_view body,
                       const std::vector<std::size_t>& cuts = {}) {
  std::string text;
  const TranslatedBytes out = [&text](std::string_view bytes) { text += bytes; };
  AnswerTranslator translator(serialisation, translation);
  std::size_t begin = 0;
  for (const std::size_t cut : cuts) {
    // A copy of its own size: what is read beyond a piece is seen by a sanitizer.
    const std::string piece(body.substr(begin, cut - begin));
    translator.feed(piece, out);
    begin = cut;
  }
  const std::string piece(body.substr(begin));
  translator.feed(piece, out);
  translator.finish(out);
  return text;
}

// The same however it is cut in two, and byte by byte; else what differs.
inline std::string fed_in_every_way(Serialisation serialisation, const AnswerTranslation& translation,
                                    std::string_view body) {
  const std::string whole = fed(serialisation, translation, body);
  std::vector<std::size_t> all;
  for (std::size_t cut = 0; cut <= body.size(); ++cut) {
    all.push_back(cut);
    if (const std::string other = fed(serialisation, translation, body, {cut}); other != whole)
      return "cut at " + std::to_string(cut) + ": " + other + " instead of " + whole;
  }
  if (const std::string other = fed(serialisation, translation, body, all); other != whole)
    return "byte by byte: " + other + " instead of " + whole;
  return whole;
}

}  // namespace saproxy::policy
