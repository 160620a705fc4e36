// Points of access on their way back from the CSE: wherever a local address stands in a body, what the registree wrote
// is put in its place. Works on the stream: answers and notifications of any size, in pieces of any size, in bounded
// memory. Tokens cannot be guessed, so what looks like a local address is one; the rest of the body is not parsed.
// Spec: TS-0004 8.3 to 8.5
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/cbor_items.h"
#include "policy/local_address.h"
#include "policy/primitive.h"

namespace saproxy::policy {

// What stands behind a token: the points of access of a registree as it wrote them, or the one URL of a target.
// Nothing: the token is not known (any more).
using OriginalsOf = std::function<std::optional<std::vector<std::string>>(std::string_view token)>;

// What all translators share; outlives them.
struct AnswerTranslation {
  LocalAddresses addresses;
  OriginalsOf originals_of;
  // An entry of a poa list that equals one of the first becomes all of the second; further ones are dropped.
  std::vector<std::string> cse_points;
  std::vector<std::string> public_points;
  // Likewise the address by which our CSE knows its registrar, and the registrar's own. Empty: there is none.
  std::string registrar_here = {};
  std::string registrar_there = {};
};

// Slices of the input or of the translator; each lives until the call returns.
using TranslatedBytes = std::function<void(std::string_view)>;

class AnswerSyntax;
struct AnswerWindow;
struct Verdict;

// One body. Lengths change: the caller frames it anew. Allocates only where something is held back or replaced.
class AnswerTranslator {
 public:
  AnswerTranslator(Serialisation serialisation, const AnswerTranslation& translation);

  void feed(std::string_view bytes, const TranslatedBytes& out);
  void finish(const TranslatedBytes& out);  // the body has ended: what was held back

 private:
  struct Place;
  // Mobius writes CBOR as text of hexadecimal digits.
  enum class Digits : std::uint8_t { Unknown, None, Hexadecimal };

  [[nodiscard]] bool look_for_digits(std::string_view bytes);
  void feed_hexadecimal(std::string_view text, const TranslatedBytes& out);
  void feed_bytes(std::string_view bytes, const TranslatedBytes& out);
  void finish_bytes(const TranslatedBytes& out);
  // Bytes of `bytes` that are done with: sent on, or replaced. The rest needs what follows.
  std::size_t process(std::string_view bytes, bool last, const TranslatedBytes& out);
  [[nodiscard]] Verdict judge(const AnswerWindow& window, std::size_t list, const Place& address, bool last) const;
  [[nodiscard]] Place next_address(std::string_view bytes, std::size_t from) const;
  [[nodiscard]] std::size_t undecided(std::string_view bytes, std::size_t from) const;
  void remember(std::string_view done);
  // Walks on to `at`, with a copy: what is held back will be walked through again.
  class ItemsAhead;

  const AnswerTranslation& translation_;
  const AnswerSyntax& syntax_;
  std::string held_;              // came, and is not decided
  std::array<char, 2> before_{};  // of what came and is decided
  CborItems items_;               // likewise, if the syntax has some
  Digits digits_ = Digits::None;
  char high_digit_ = '\0';  // the first of a pair that is cut; '\0': none
};

// Could there be anything to translate in this body? False is certain and cheap: it may go on as it is.
[[nodiscard]] bool may_need_translation(const AnswerTranslation& translation, std::string_view body);
// The same for one whole body: nothing when it stays as it is.
[[nodiscard]] std::optional<std::string> translated(Serialisation serialisation, const AnswerTranslation& translation,
                                                    std::string_view body);

// How an original is written:
//  - in a poa list (JSON and CBOR arrays, definite or not; the text of an XML element) each one as its own entry;
//  - elsewhere, where the string is the local address alone, all of them in one string, separated by blanks;
//  - within a longer text, the first of them, if it needs no escape anywhere; in a CBOR text that begins with another
//    character, the local address is blanked, because the length of the text has gone on already.
// An unknown token leaves an empty text, and no entry of a poa list. What a CSE appended after '?' goes with the
// address.

inline constexpr std::size_t kMostHeldBack = 16'384;  // bytes; a longer poa list is translated entry by entry

}  // namespace saproxy::policy
