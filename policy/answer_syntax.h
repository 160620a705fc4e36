// What AnswerTranslator needs of a serialisation: where a poa list begins, how long it is, and how originals are
// written in place of it or of one local address. Internal to answer_*.cc.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/answer_translation.h"

namespace saproxy::policy {

// The bytes that are looked at.
struct AnswerWindow {
  std::string_view bytes;
  std::array<char, 2> before{};  // the last but one, and the last before them
  std::size_t sent = 0;          // of `bytes`: what is done with and cannot be replaced any more
  bool at_item = false;          // CBOR: the place that is looked at begins an item

  // The byte `back` (1 or 2) before `at`; '\0' at the beginning of the body.
  [[nodiscard]] char previous(std::size_t at, std::size_t back) const {
    if (back <= at) return bytes[at - back];
    return back - at <= 2 ? before[2 - (back - at)] : '\0';
  }
};

// What is to be done at one place.
struct Verdict {
  enum class Kind : std::uint8_t { Pass, More, Replace };
  Kind kind = Kind::Pass;
  std::size_t begin = 0;  // Replace: these bytes go ...
  std::size_t end = 0;
  std::string text = {};  // ... and this comes
  static Verdict pass() { return {}; }
  static Verdict more() { return {.kind = Kind::More}; }
};

// One spelling of '/': its size; 0: there is none here; nothing: the bytes end within one.
using SlashSize = std::optional<std::size_t> (*)(std::string_view bytes);

// A local address within a body.
struct AddressMatch {
  enum class Kind : std::uint8_t { No, More, Yes };
  Kind kind = Kind::No;
  std::size_t end = 0;  // behind the token
  std::string_view token = {};
};
[[nodiscard]] AddressMatch match_address(std::string_view bytes, std::size_t at, std::string_view authority,
                                         SlashSize slash);
inline constexpr std::size_t kLongestSlash = 6;  // "\u002f", "&#x2f;"

// What becomes of the entries of one list.
class ListEntries {
 public:
  explicit ListEntries(const AnswerTranslation& translation) : translation_(translation) {}
  // Nothing: the entry stays as it is written. Otherwise these stand in its place.
  [[nodiscard]] std::optional<std::vector<std::string>> replacement(std::string_view entry);

 private:
  const AnswerTranslation& translation_;
  bool public_points_given_ = false;
};

// `text` with the first original in place of each local address in it, as for a text that is longer than one.
[[nodiscard]] std::string with_first_of_each(const AnswerTranslation& translation, std::string_view text,
                                             SlashSize slash);
// What stands behind a token, in one text.
[[nodiscard]] std::string all_of(const AnswerTranslation& translation, std::string_view token);
// The first one, if it can stand in any text without an escape; else nothing of it.
[[nodiscard]] std::string first_of(const AnswerTranslation& translation, std::string_view token);

// Stateless: there is one of each.
class AnswerSyntax {
 public:
  [[nodiscard]] virtual std::string_view list_anchor() const = 0;  // with which a poa list begins
  [[nodiscard]] virtual SlashSize slash() const = 0;
  [[nodiscard]] virtual std::size_t head_size() const { return 0; }  // bytes before a text that tell its length
  [[nodiscard]] virtual bool has_items() const { return false; }     // AnswerWindow::at_item counts

  // At an anchor.
  [[nodiscard]] virtual Verdict list(const AnswerTranslation& translation, const AnswerWindow& window,
                                     std::size_t at) const = 0;
  // At a match that is Yes. `last`: nothing follows the window.
  [[nodiscard]] virtual Verdict address(const AnswerTranslation& translation, const AnswerWindow& window,
                                        std::size_t at, const AddressMatch& match, bool last) const = 0;

 protected:
  ~AnswerSyntax() = default;
};

[[nodiscard]] const AnswerSyntax& json_answer();
[[nodiscard]] const AnswerSyntax& xml_answer();
[[nodiscard]] const AnswerSyntax& cbor_answer();

}  // namespace saproxy::policy
