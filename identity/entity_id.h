// oneM2M identifiers as types: M2M-SP-ID, CSE-ID, AE-ID-Stem, AE-ID, and the forms an originator (From) can take.
// Everything is compared byte for byte and case-sensitively (TS-0004 6.2.3); the SP-ID's FQDN is lower case.
// Spec: TS-0001 7.1, 7.2; TS-0004 6.2.3, 6.2.4
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "identity/result.h"

namespace saproxy::identity {

// Longest identifier accepted anywhere, in bytes. CSEs crash on longer ones.
inline constexpr std::size_t kMaxIdentifier = 256;

// True for the `unreserved` alphabet: letters, digits, '-', '.', '_', first a letter or digit ("S_SAH25" is legal).
[[nodiscard]] bool is_identifier_label(std::string_view text);

// "//sp.example.com": the M2M service provider.
class SpId {
 public:
  [[nodiscard]] static Result<SpId> parse(
      std::string_view text);  // with or without the leading "//"; folds to lower case
  [[nodiscard]] std::string_view fqdn() const { return fqdn_; }
  [[nodiscard]] std::string absolute() const { return "//" + fqdn_; }
  bool operator==(const SpId&) const = default;

 private:
  explicit SpId(std::string fqdn) : fqdn_(std::move(fqdn)) {}
  std::string fqdn_;
};

// "/cse1": a CSE, within its service provider.
class CseId {
 public:
  [[nodiscard]] static Result<CseId> parse(std::string_view sp_relative);  // "/cse1"; also "cse1"
  [[nodiscard]] std::string_view name() const { return std::string_view(text_).substr(1); }
  [[nodiscard]] const std::string& sp_relative() const { return text_; }
  [[nodiscard]] std::string absolute(const SpId& sp) const { return sp.absolute() + text_; }
  auto operator<=>(const CseId&) const = default;

 private:
  explicit CseId(std::string text) : text_(std::move(text)) {}
  std::string text_;  // with the leading '/'
};

// "Cabc" (assigned by its registrar CSE) or "Sabc" (assigned by the service provider). Never the bare letter.
class AeStem {
 public:
  [[nodiscard]] static Result<AeStem> parse(std::string_view text);
  [[nodiscard]] const std::string& text() const { return text_; }
  [[nodiscard]] bool sp_assigned() const { return text_.front() == 'S'; }
  auto operator<=>(const AeStem&) const = default;

 private:
  explicit AeStem(std::string text) : text_(std::move(text)) {}
  std::string text_;
};

// "Cabc", "Sabc" or "/cse2": how a registree of this CSE is named where AEs and CSEs stand side by side. A stem may
// have the commas of those that tinyIoT assigns.
[[nodiscard]] bool is_registree_id(std::string_view text);

// An absolute AE-ID: "//sp.com/cse1/Cabc" or "//sp.com/Sabc".
struct AeId {
  SpId sp;
  std::optional<CseId> cse;  // present exactly for C-type stems
  AeStem stem;
  [[nodiscard]] static Result<AeId> parse_absolute(std::string_view text);
  [[nodiscard]] std::string absolute() const;
  bool operator==(const AeId&) const = default;
};

// What the text of From is, before anyone decides whether it may be used.
struct Originator {
  enum class Form {
    Absent,        // no From, or an empty one
    BareC,         // "C": wants a CSE-assigned stem (TS-0001 10.2.2.2)
    BareS,         // "S": wants an SP-assigned stem
    Stem,          // "Cabc", "Sabc"
    SpRelativeAe,  // "/cse1/Cabc"; "/Sabc" is reported as CseId, because the two cannot be told apart by syntax
    AbsoluteAe,    // "//sp/cse1/Cabc", "//sp/Sabc" is reported as AbsoluteCse for the same reason
    CseId,         // "/cse1"
    AbsoluteCse,   // "//sp/cse1"
    Other,         // anything else: resource names, "admin:admin", other first letters, bad syntax
  };
  Form form = Form::Absent;
  std::optional<SpId> sp;      // absolute forms
  std::optional<CseId> cse;    // SpRelativeAe, AbsoluteAe, CseId, AbsoluteCse
  std::optional<AeStem> stem;  // Stem, SpRelativeAe, AbsoluteAe
};

// Classifies From. Never fails: what follows no grammar is Form::Other. Bounded by kMaxIdentifier.
[[nodiscard]] Originator classify_originator(std::optional<std::string_view> from);

}  // namespace saproxy::identity
