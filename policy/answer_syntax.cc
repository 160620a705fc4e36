#include "policy/answer_syntax.h"

#include <algorithm>

#include "identity/domain_name.h"

namespace saproxy::policy {

namespace {

// Moves over `wanted`; Yes: all of it is there.
AddressMatch::Kind take(std::string_view bytes, std::size_t& at, std::string_view wanted) {
  const std::string_view here = bytes.substr(at, wanted.size());
  if (!wanted.starts_with(here)) return AddressMatch::Kind::No;
  at += here.size();
  return here.size() == wanted.size() ? AddressMatch::Kind::Yes : AddressMatch::Kind::More;
}

AddressMatch::Kind take_slash(std::string_view bytes, std::size_t& at, SlashSize slash) {
  const auto size = slash(bytes.substr(at));
  if (!size) return AddressMatch::Kind::More;
  at += *size;
  return *size == 0 ? AddressMatch::Kind::No : AddressMatch::Kind::Yes;
}

}  // namespace

AddressMatch match_address(std::string_view bytes, std::size_t at, std::string_view authority, SlashSize slash) {
  using Kind = AddressMatch::Kind;
  Kind kind = take(bytes, at, "http:");
  for (int i = 0; i < 2 && kind == Kind::Yes; ++i) kind = take_slash(bytes, at, slash);
  if (kind == Kind::Yes) kind = take(bytes, at, authority);
  if (kind == Kind::Yes) kind = take_slash(bytes, at, slash);
  if (kind != Kind::Yes) return {kind};
  const std::string_view token = bytes.substr(at, kTokenSize);
  if (token.size() == kTokenSize)
    return is_token(token) ? AddressMatch{Kind::Yes, at + kTokenSize, token} : AddressMatch{};
  // As far as it goes: no other byte than those of a token.
  std::string filled(token);
  filled.append(kTokenSize - filled.size(), filled.empty() ? 'r' : 'a');
  return {is_token(filled) ? Kind::More : Kind::No};
}

std::optional<std::vector<std::string>> ListEntries::replacement(std::string_view entry) {
  if (const auto token = translation_.addresses.token_of(entry))
    return translation_.originals_of(*token).value_or(std::vector<std::string>{});
  if (!translation_.registrar_here.empty() && entry == translation_.registrar_here)
    return std::vector<std::string>{translation_.registrar_there};
  if (std::ranges::find(translation_.cse_points, entry) == translation_.cse_points.end()) return std::nullopt;
  if (public_points_given_) return std::vector<std::string>{};
  public_points_given_ = true;
  return translation_.public_points;
}

std::string all_of(const AnswerTranslation& translation, std::string_view token) {
  std::string text;
  for (const std::string& original : translation.originals_of(token).value_or(std::vector<std::string>{}))
    text += (text.empty() ? "" : " ") + original;
  return text;
}

std::string first_of(const AnswerTranslation& translation, std::string_view token) {
  const auto originals = translation.originals_of(token);
  if (!originals || originals->empty()) return {};
  const std::string& first = originals->front();
  const bool plain = identity::is_all_visible(first) && first.find_first_of("\"\\<>&'") == first.npos;
  return plain ? first : std::string();
}

std::string with_first_of_each(const AnswerTranslation& translation, std::string_view text, SlashSize slash) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const AddressMatch match =
        text[at] == 'h' ? match_address(text, at, translation.addresses.authority(), slash) : AddressMatch{};
    if (match.kind != AddressMatch::Kind::Yes) {
      out += text[at++];
      continue;
    }
    out += first_of(translation, match.token);
    at = match.end;
  }
  return out;
}

}  // namespace saproxy::policy
